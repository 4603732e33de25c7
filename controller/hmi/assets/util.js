// Texts, elements, calls of the API, dialogs and short messages: what the other scripts share.
// Text from outside becomes text nodes only.
const texts = JSON.parse(document.getElementById("texts").textContent);

export function t(key, args = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (all, name) => args[name] ?? all);
}

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Calls the API; a refusal is thrown as its problem details.
export async function call(method, path, body, headers = {}) {
  const csrf = document.body.dataset.csrf;
  const sent = { ...headers };
  if (csrf) sent["X-CSRF-Token"] = csrf;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw { status: 0, code: "unreachable", detail: t("stale-lost"), remedy: "" };
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw { status: response.status, ...answer };
  return answer;
}

// A problem in words: what, and what to do.
export function told(problem) {
  const parts = [problem.detail ?? String(problem), problem.remedy].filter(Boolean);
  return parts.join(". ");
}

export function toast(text, kind = "done") {
  const line = el("p", { class: kind }, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), kind === "done" ? 5000 : 12000);
}

// A dialog with a form; `submit` gets the form's values and throws a problem to keep it open.
export function dialog({ title, body, action, submit, onclose }) {
  const problem = el("p", { class: "problem", role: "alert" });
  const ok = action ? el("button", { class: "primary", type: "submit" }, action) : null;
  const cancel = el("button", { type: "button" }, action ? t("cancel") : t("close"));
  const form = el("form", { method: "dialog" }, el("h2", {}, title), ...body, problem,
    el("div", { class: "buttons" }, cancel, ok));
  const box = el("dialog", { "aria-label": title }, form);
  cancel.addEventListener("click", () => box.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!submit || ok.disabled) return;
    ok.disabled = true;
    problem.textContent = "";
    try {
      await submit(Object.fromEntries(new FormData(form)), box);
    } catch (refused) {
      problem.textContent = told(refused);
      for (const secret of form.querySelectorAll("input[type=password]")) secret.value = "";
      form.querySelector("input[type=password], input")?.focus();
    } finally {
      ok.disabled = false;
    }
  });
  box.addEventListener("close", () => {
    box.remove();
    onclose?.();
  });
  document.body.append(box);
  box.showModal();
  form.querySelector("[autofocus], input, select, textarea")?.focus();
  return box;
}

let fields = 0;

// A labelled field.
export function field(label, attributes, control = "input") {
  const id = `field-${(fields += 1)}`;
  return el("div", { class: "field" }, el("label", { for: id }, label),
    el(control, { id, ...attributes }));
}
