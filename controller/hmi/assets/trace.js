// S5: searches what was scanned or typed; has the chain of the batch recomputed while the history
// is read already.
import { el, t } from "./util.js";

const form = document.getElementById("trace-search");
const input = form?.elements.search;

// A scanner that acts as a keyboard sends GS as Ctrl+].
input?.addEventListener("keydown", (event) => {
  if (!event.ctrlKey || event.key !== "]") return;
  event.preventDefault();
  input.setRangeText("{GS}", input.selectionStart, input.selectionEnd, "end");
});

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const search = input.value.trim();
  if (search !== "") location.search = new URLSearchParams({ search });
});

async function check(place) {
  const { lang } = document.documentElement;
  const wanted = new URLSearchParams({ batch: place.dataset.batch, lang });
  try {
    const answer = await fetch(`/serial/chain?${wanted}`);
    if (!answer.ok) throw new Error(String(answer.status));
    place.innerHTML = await answer.text();
  } catch {
    place.replaceChildren(el("p", { class: "problem" }, t("trace-chain-failed")));
  }
}

const chain = document.getElementById("chain");
if (chain) check(chain);
if (input) {
  input.focus();
  input.select();
}
