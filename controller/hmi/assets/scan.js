// Handheld scanners: a code is known by its prefix `]d2` and ends with Enter, never by the time
// between keys. The separator GS comes as Ctrl+]. A scan only fills a field: it does nothing else.
import { el, field, t } from "./util.js";

const PREFIX = "]d2";
const GS = "\u001d";
// Where US keys are read with another layout, the prefix begins with another sign.
const OTHER_LAYOUT = /^[^\]\w\s][dD][2"é]/;
// Fixed lengths of element strings; the others end with GS.
const FIXED = { "01": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2 };
// What every pack's code holds (Delegated Regulation (EU) 2016/161, Art. 4).
const PACK = ["gtin", "serial", "lot", "expiry"];
const NAMES = { "01": "gtin", "10": "lot", "17": "expiry", "21": "serial" };

// `{kind, text, fields}`; kind: code, layout (keyboard is wrong), form (unreadable), gs (an element
// is missing: without its separator the one before has swallowed it) or typed.
export function parse(text) {
  if (OTHER_LAYOUT.test(text)) return { kind: "layout", text, fields: {} };
  if (!text.startsWith(PREFIX)) return { kind: "typed", text: text.trim(), fields: {} };
  const fields = {};
  let rest = text.slice(PREFIX.length);
  while (rest) {
    if (rest.startsWith(GS)) rest = rest.slice(1);
    const ai = /^71/.test(rest) ? rest.slice(0, 3) : rest.slice(0, 2);
    const body = rest.slice(ai.length);
    const end = FIXED[ai] ?? (body.indexOf(GS) < 0 ? body.length : body.indexOf(GS));
    if (!body || body.length < end) return { kind: "form", text, fields };
    fields[NAMES[ai] ?? ai] = body.slice(0, end);
    rest = body.slice(end);
  }
  return { kind: PACK.every((name) => fields[name]) ? "code" : "gs", text, fields };
}

const PROBLEMS = { layout: "scan-layout", form: "scan-form", gs: "scan-no-gs" };

// A field for scans; `onscan` gets what was scanned or typed when Enter comes.
export function scanField(label, name, onscan) {
  const box = field(label, {
    name, autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 200,
  });
  const input = box.querySelector("input");
  const said = el("small", { class: "problem", role: "alert" });
  box.append(said);
  input.addEventListener("keydown", (event) => {
    if (event.ctrlKey && (event.key === "]" || event.code === "BracketRight")) {
      event.preventDefault();
      input.setRangeText(GS, input.selectionStart, input.selectionEnd, "end");
      return;
    }
    if (event.key !== "Enter") return;
    event.preventDefault();
    const scan = parse(input.value);
    said.textContent = PROBLEMS[scan.kind] ? t(PROBLEMS[scan.kind]) : "";
    input.select();
    if (!said.textContent) onscan(scan, (text) => { said.textContent = text; });
  });
  return box;
}

// A field that only tells whether scanner and keyboard layout fit.
export function checkField() {
  const told = el("p", { class: "hint", role: "status" }, t("scan-check-hint"));
  const box = scanField(t("scan-check"), "scan-check", (scan, refuse) => {
    if (scan.kind !== "code") return refuse(t("scan-no-prefix"));
    const { gtin, serial, lot, expiry } = scan.fields;
    told.textContent = `✓ ${t("scan-good")}: ${gtin} · ${serial} · ${lot} · ${expiry}`;
  });
  return el("div", { class: "scan-check" }, box, told);
}
