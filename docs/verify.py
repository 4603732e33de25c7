#!/usr/bin/env python3
"""Verifies a ledger by docs/record-format.md alone: verify.py LEDGER [ANCHORS PUBLIC_KEY_FILE]

Standard library only, and no line shared with the program that wrote the ledger. Checks sequence,
hashes, links, genesis and head of every chain, serial texts and configurations, the signatures of
checkpoints and rotations, and anchors. NOT checked: the other tables (packline-verify does).
Exit 0: nothing found wrong; 3: something is wrong; 2: it could not be checked.
"""
import hashlib, json, os, sqlite3, sys, urllib.parse
import ed25519


class Broken(Exception):
    pass


def need(fits, seq, what):
    if not fits:
        raise Broken(f"event {seq}: {what}")


def form(*fields):
    raw = [b"" if f is None else f if isinstance(f, bytes) else str(f).encode() for f in fields]
    return hashlib.sha256(b"".join(len(r).to_bytes(4, "big") + r for r in raw)).digest()


def signed(key, message, signature):
    return ed25519.verify(bytes.fromhex(key), message, bytes.fromhex(signature))


def anchor_form(a):
    heads = [field for h in a["heads"] for field in (h["chain"], h["chain_seq"], h["hash"])]
    names = ("line_id", "ledger_kind", "ledger_epoch", "at", "through_seq")
    return form("packline anchor 1", *(a[name] for name in names), len(a["heads"]), *heads)


def serials(db, seq, batch_no, first, count, digest):
    rows = db.execute("SELECT serial FROM pool_serial WHERE batch_no = ? AND serial_idx >= ? "
                      "AND serial_idx < ? ORDER BY serial_idx", (batch_no, first, first + count))
    texts = [serial for serial, in rows]
    data = "".join(text + "\n" for text in texts).encode()
    need(len(texts) == count and hashlib.sha256(data).hexdigest() == digest, seq, "serial texts")


def config(db, seq, wanted):
    found = db.execute("SELECT bytes FROM config WHERE hash = ?", (wanted,)).fetchone()
    need(found and hashlib.sha256(found[0]).hexdigest() == wanted, seq, "configuration")


def walk(db, met):
    """All events in order; returns their number, the ledger's names and its keys by event."""
    heads, batches, closed, keys, ledger = {"site": (0, bytes(32))}, {}, set(), [], None
    last, texts = 0, 0
    for row in db.execute("SELECT * FROM event ORDER BY seq"):
        seq, chain, chain_seq, at, body, prev = *row[:4], json.loads(row[9]), row[10]
        kind, last = body["kind"], last + 1
        need(seq == last, last, "missing or out of order")
        need(form("packline event 1", *row[:11]) == row[11], seq, "the hash does not fit")
        need(chain in heads and chain not in closed, seq, "no genesis, or behind the head")
        need(heads[chain] == (chain_seq - 1, prev), seq, "not linked to the event before it")
        need((seq == 1) == (kind == "ledger_created"), seq, "not created, or created twice")
        if kind == "ledger_created":
            ledger = body["line_id"], body["ledger_kind"], body["ledger_epoch"]
            keys.append((seq, body["public_key"]))
        elif kind == "batch_genesis":
            need(body["batch"] not in heads, seq, "a second genesis")
            heads[body["batch"]], batches[body["batch"]] = (0, row[11]), body["batch_no"]
        elif kind == "batch_head":
            named = body["chain_seq"], bytes.fromhex(body["hash"])
            need(heads.get(body["batch"]) == named, seq, "another head of the batch")
            closed.add(body["batch"])
        elif kind == "checkpoint":
            a = body["anchor"]
            named = [heads.get(h["chain"]) == (h["chain_seq"], bytes.fromhex(h["hash"]))
                     for h in a["heads"]]
            need(all(named) and a["through_seq"] == seq - 1, seq, "other heads in the checkpoint")
            left_out = heads.keys() - closed - {h["chain"] for h in a["heads"]}
            need(not left_out, seq, "the checkpoint leaves out a chain")
            need(signed(keys[-1][1], anchor_form(a), a["signature"]), seq, "checkpoint signature")
        elif kind == "key_rotated":
            old, new = body["old_public_key"], body["new_public_key"]
            said = form("packline key rotation 1", *ledger, at, prev.hex(), old, new,
                        body["who"], body["reason"])
            need(old == keys[-1][1] and new not in [key for _, key in keys], seq, "other keys")
            need(signed(old, said, body["old_signature"])
                 and signed(new, said, body["new_signature"]), seq, "rotation signatures")
            keys.append((seq, new))
        elif kind == "batch_opened":
            config(db, seq, body["spec"]["config_hash"])
        elif kind == "serials_allocated":
            serials(db, seq, batches[chain], body["first"], body["count"], body["digest"])
            texts += body["count"]
        elif kind == "pool_allocated":
            serials(db, seq, batches[chain], 0, body["count"], body["digest"])
        heads[chain] = chain_seq, row[11]
        if (chain, chain_seq) in met:
            met[chain, chain_seq] = row[11].hex()
    stored = db.execute("SELECT count(*) FROM pool_serial").fetchone()[0]
    need(stored == texts, last, "serial texts that no event allocated")
    return last, ledger, keys


def anchors_of(path):
    lines = open(path, encoding="utf-8", newline="").read().split("\n")
    return [json.loads(line) for line in lines[:-1] if line.strip()]  # a torn line claims nothing


def check(path, anchors, pinned):
    db = sqlite3.connect(f"file:{urllib.parse.quote(path)}?immutable=1", uri=True)
    met = {(h["chain"], h["chain_seq"]): None for a in anchors for h in a["heads"]}
    last, ledger, keys = walk(db, met)
    need(ledger, 1, "no event")
    need(pinned is None or pinned in [key for _, key in keys], 1, "another key than the one given")
    for a in anchors:
        through = a["through_seq"]
        need(through <= last, last + 1, "missing: an anchor covers it")
        named = a["line_id"], a["ledger_kind"], a["ledger_epoch"]
        need(named == ledger, through, "an anchor of another ledger")
        key = [key for seq, key in keys if seq <= through][-1]
        need(signed(key, anchor_form(a), a["signature"]), through, "anchor signature")
        for h in a["heads"]:
            need(met[h["chain"], h["chain_seq"]] == h["hash"], through, "an anchor knows another")
    covered = max([a["through_seq"] for a in anchors], default=0)
    return {"ok": True, "events": last, "signing_keys": len(keys), "anchored": bool(anchors),
            "events_since_last_anchor": last - covered, "tables": "not checked"}


def main(words):
    missing = [word for word in words if not os.path.isfile(word)]
    if len(words) not in (1, 3) or missing:
        return 2, f"there is no file {missing[0]}" if missing else __doc__
    if os.path.isfile(words[0] + "-wal") and os.path.getsize(words[0] + "-wal"):
        return 2, "a -wal is beside the ledger: verify a copy that SQLite has merged it into"
    try:
        if len(words) == 1:
            return 0, check(words[0], [], None)
        return 0, check(words[0], anchors_of(words[1]), open(words[2]).read().strip())
    except Exception as wrong:  # whatever a forged file makes of this program
        return 3, {"ok": False, "anchored": False, "what": f"{type(wrong).__name__}: {wrong}"}


if __name__ == "__main__":
    code, verdict = main(sys.argv[1:])
    print(verdict if code == 2 else json.dumps(verdict), file=sys.stderr if code == 2 else None)
    sys.exit(code)
