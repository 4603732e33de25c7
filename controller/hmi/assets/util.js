// Texts, elements, calls of the API, dialogs and short messages: what the other scripts share.
// Text from outside becomes text nodes only.
const texts = JSON.parse(document.getElementById("texts").textContent);

export function t(key, args = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (all, name) => args[name] ?? all);
}

// Characters that turn the order of reading round or have no width are told by their numbers.
const MISLEADS = new RegExp("[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c"
  + "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]", "g");
const numbered = (c) => `[U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`;
export const inert = (text) => text.replace(MISLEADS, numbered);

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(key, value);
    }
  }
  const there = children.filter((child) => child !== null && child !== undefined);
  element.append(...there.map((child) => (typeof child === "string" ? inert(child) : child)));
  return element;
}

// Calls the API; a text goes as it is, anything else as JSON; a refusal is thrown as its problem
// details.
export async function call(method, path, body, headers = {}) {
  const csrf = document.body.dataset.csrf;
  const sent = { ...headers };
  if (csrf) sent["X-CSRF-Token"] = csrf;
  const text = typeof body === "string";
  if (body !== undefined) sent["Content-Type"] = text ? "application/toml" : "application/json";
  const response = await ask(path, {
    method, headers: sent, body: text || body === undefined ? body : JSON.stringify(body),
  });
  return response.json().catch(() => ({}));
}

async function ask(path, request) {
  let response;
  try {
    response = await fetch(`/api/v1${path}`, { ...request, credentials: "same-origin" });
  } catch {
    throw { status: 0, code: "unreachable", detail: t("stale-lost"), remedy: "" };
  }
  if (response.ok) return response;
  throw { status: response.status, ...await response.json().catch(() => ({})) };
}

// Fetches a file with the session's token and gives it to the browser to keep.
export async function save(path) {
  const response = await ask(path, { headers: { "X-CSRF-Token": document.body.dataset.csrf } });
  const [, name] = /filename="([^"]*)"/.exec(response.headers.get("Content-Disposition")) ?? [];
  const address = URL.createObjectURL(await response.blob());
  const link = el("a", { href: address, download: name ?? "report" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

// A problem in words: what, and what to do.
export function told(problem) {
  const parts = [problem.detail ?? String(problem), problem.remedy].filter(Boolean);
  return parts.join(". ");
}

const TOASTS_MAX = 3;

// The same words are shown once; of different ones the last few.
export function toast(text, kind = "done") {
  const line = el("p", { class: kind }, text);
  const place = document.getElementById("toasts");
  [...place.children].find((one) => one.textContent === line.textContent)?.remove();
  place.append(line);
  while (place.children.length > TOASTS_MAX) place.firstElementChild.remove();
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
  const first = form.querySelector("[autofocus]");
  (first ?? form.querySelector("input, select, textarea"))?.focus();
  return box;
}

let fields = 0;

// A labelled field.
export function field(label, attributes, control = "input") {
  const id = `field-${(fields += 1)}`;
  return el("div", { class: "field" }, el("label", { for: id }, label),
    el(control, { id, ...attributes }));
}
