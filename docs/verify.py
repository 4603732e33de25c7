#!/usr/bin/env python3
"""Verifies by docs/record-format.md alone:

    verify.py LEDGER [ANCHORS PUBLIC_KEYS]      a ledger, also one with sealed batches or restored
    verify.py BATCH.packline [PUBLIC_KEYS]      the file of a sealed batch

Standard library only, and no line shared with the program that wrote the file. Checks sequence,
hashes, links, genesis and head of every chain, serial texts and configurations, the signatures of
checkpoints and rotations, epochs, what sealing left, the signatures of signed acts, the steps of
starts and closes, and anchors. NOT checked: the other tables and the reviews of rejects
(packline-verify does both), and in a ledger the files of its sealed batches.
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


def events(db):
    """Every event, its columns but the hash proven by it, and its body."""
    for row in db.execute("SELECT * FROM event ORDER BY seq"):
        need(form("packline event 1", *row[:11]) == row[11], row[0], "the hash does not fit")
        yield *row[:4], row[10], row[11], json.loads(row[9])


# Signed acts: the act's name and its signatures, which stand directly before it.
ACTS = {
    "line_cleared": ("line_clearance", ["performed", "reviewed"]),
    "start_signed": ("order_start", ["performed"]),
    "resolve_asked": ("resolve_pack", ["performed"]),
    "declared": ("declare_count", ["performed"]),
    "reject_reviewed": ("reject_review", ["reviewed"]),
    "deviation": ("deviation", ["performed", "approved"]),
    "batch_closed": ("batch_close", ["performed", "approved"]),
    "recipe_drafted": ("recipe_draft", ["performed"]),
    "recipe_approved": ("recipe_approve", ["approved", "approved"]),
    "recipe_retired": ("recipe_retire", ["approved"]),
    "configuration_released": ("config_release", ["performed", "approved"]),
}
TAKINGS = {
    "sample": ("sample", ["performed"]),
    "label": ("sample", ["performed"]),
    "removal": ("manual_removal", ["performed"]),
    "first_pack": ("first_pack_approval", ["performed", "approved"]),
}


class Acts:
    """The signatures of each act; how an order starts and closes."""

    def __init__(self):
        self.last, self.specs, self.steps, self.authors = [], {}, {}, {}

    def take(self, seq, chain, body, production):
        kind = body["kind"]
        if kind in ACTS or kind == "serial_taken":
            by = body.get("signed") if kind == "batch_closed" else body
            if by is not None:
                self.signed(seq, chain, body, by)
        if kind == "signature":
            need(body["authenticated"] or not production, seq, "a signature nobody has proven")
        elif kind == "batch_opened":
            self.specs[chain], self.steps[chain] = body["spec"], {}
        elif kind in ("line_cleared", "start_signed", "pool_allocated"):
            self.steps[chain][kind] = True
        elif kind == "devices_checked":
            good = all(d["matches"] and d["link"] for d in body["devices"])
            need(good or not body["passed"], seq, "devices that do not match")
            self.steps[chain][kind] = body["passed"]
        elif kind == "trial_result" and body["mode"] == "challenge":
            self.steps[chain]["challenge"] = body["passed"]
        elif kind == "order_state" and body["to"] == "running":
            self.start(seq, chain)
        elif kind == "batch_closed":
            self.close(seq, chain, body)
        elif kind == "recipe_drafted":
            self.authors[body["gtin"], body["version"]] = body["who"]
        self.last = (self.last + [(seq, chain, body)])[-2:]

    def signed(self, seq, chain, body, by):
        act, meanings = TAKINGS[body["taken"]] if "taken" in body else ACTS[body["kind"]]
        before = self.last[-len(meanings):]
        names = [by["who"], by.get("second")][:len(meanings)]
        seqs = [by["signature_seq"], by.get("second_signature_seq")][:len(meanings)]
        fits = len(before) == len(meanings)
        for (at, where, said), name, named, meaning in zip(before, names, seqs, meanings):
            name = name or said.get("who")
            fits &= (said["kind"], where, at) == ("signature", chain, named)
            fits &= fits and (said["who"], said["meaning"]) == (name, meaning)
            fits &= fits and (not said["authenticated"] or said["subject"].split(" ")[0] == act)
        persons = [said["who"].strip().lower() for _, _, said in before] if fits else []
        need(fits and len(set(persons)) == len(meanings), seq, f"{act}: not signed so")
        if act == "recipe_approve":
            author = self.authors.get((body["gtin"], body["version"]), "")
            need(author.strip().lower() not in persons, seq, "approved by who drafted it")

    def start(self, seq, chain):
        spec, steps = self.specs[chain], self.steps[chain]
        flow = spec.get("workflow", {})
        if steps.get("started") or "mode" in spec:
            return
        wanted = [("clearance", "line_cleared"), ("device_check", "devices_checked"),
                  ("signatures", "start_signed")]
        done = all(steps.get(step) for name, step in wanted if flow.get(name))
        done &= spec["challenge"] != "required" or steps.get("challenge", False)
        need(done, seq, "a start without its steps")
        steps["started"] = True

    def close(self, seq, chain, body):
        flow = self.specs[chain].get("workflow", {})
        loaded = "mode" not in self.specs[chain] and self.steps[chain].get("pool_allocated")
        wanted = loaded and flow.get("signatures")
        need("signed" in body or not wanted, seq, "a close without its signatures")


class Signers:
    """The ledger's names, its epochs, and its keys in the order in which they came into force."""

    def __init__(self):
        self.names, self.keys, self.ends = None, [], []  # keys: (seq, key, signed by no other)

    def take(self, seq, at, prev, body):
        if body["kind"] == "ledger_created":
            self.names = [body["line_id"], body["ledger_kind"], body["ledger_epoch"]]
            self.keys.append((seq, body["public_key"], True))
        elif body["kind"] == "key_rotated":
            old, new = body["old_public_key"], body["new_public_key"]
            said = form("packline key rotation 1", *self.names, at, prev.hex(), old, new,
                        body["who"], body["reason"])
            need(old == self.at(seq) and new not in [k for _, k, _ in self.keys], seq, "other keys")
            need(signed(old, said, body["old_signature"])
                 and signed(new, said, body["new_signature"]), seq, "rotation signatures")
            self.keys.append((seq, new, False))
        elif body["kind"] == "ledger_restored":
            follows = body["ledger_epoch"] == self.names[2] + 1 and body["through_seq"] == seq - 3
            need(follows, seq, "a restore that does not follow its backup")
            self.ends.append((self.names[2], body["through_seq"]))
            self.names[2] += 1
            if body["public_key"] != self.at(seq):
                self.keys.append((seq, body["public_key"], True))

    def at(self, seq):
        return [key for from_seq, key, _ in self.keys if from_seq <= seq][-1]

    def epoch(self, seq):
        """The events after a backup belong to the next epoch, the restore's signatures first."""
        return max([epoch + 1 for epoch, through in self.ends if through < seq], default=1)

    def vouched(self, given):
        """Each key that no other has signed for must be given, or one that follows from it."""
        chains = []
        for _, key, alone in self.keys:
            chains += [[]] if alone else []
            chains[-1].append(key)
        return all(set(chain) & set(given) for chain in chains)


def serials(db, seq, batch_no, first, count, digest):
    rows = db.execute("SELECT serial FROM pool_serial WHERE batch_no = ? AND serial_idx >= ? "
                      "AND serial_idx < ? ORDER BY serial_idx", (batch_no, first, first + count))
    texts = [serial for serial, in rows]
    data = "".join(text + "\n" for text in texts).encode()
    need(len(texts) == count and hashlib.sha256(data).hexdigest() == digest, seq, "serial texts")


def config(db, seq, wanted):
    found = db.execute("SELECT bytes FROM config WHERE hash = ?", (wanted,)).fetchone()
    need(found and hashlib.sha256(found[0]).hexdigest() == wanted, seq, "configuration")


def contents(db, seq, batch_no, body):
    """What an event binds outside of itself; returns the number of serials that it allocates."""
    if body["kind"] == "batch_opened":
        config(db, seq, body["spec"]["config_hash"])
    elif body["kind"] in ("recipe_drafted", "configuration_drafted"):
        config(db, seq, body["sha256"])
    elif body["kind"] == "serials_allocated":
        serials(db, seq, batch_no, body["first"], body["count"], body["digest"])
        return body["count"]
    elif body["kind"] == "pool_allocated":
        serials(db, seq, batch_no, 0, body["count"], body["digest"])
    return 0


def residue(db, batch, no):
    """What stays of a sealed batch."""
    def rows(sql, *words):
        return [[n for i, n in enumerate(row) if not found.description[i][0].startswith("sealed_")]
                for found in [db.execute(sql, words)] for row in found]
    kept = "SELECT {} FROM pool_serial WHERE batch_no = ? AND state = 1 "
    gtin, mode, config_hash = db.execute(
        "SELECT gtin, mode, config_hash FROM batch WHERE batch_no = ?", (no,)).fetchone()
    stays = (rows("SELECT * FROM batch WHERE batch_no = ?", no)
             + rows("SELECT * FROM chain_head WHERE chain = ?", batch)
             + rows("SELECT * FROM config WHERE hash = ?", config_hash)
             + rows("SELECT * FROM pool_source WHERE batch_no = ?", no)
             + rows(kept.format("*") + "ORDER BY serial_idx", no))
    texts = set(db.execute("SELECT serial_idx, serial FROM issued WHERE batch_no = ? AND gtin = ?",
                           (no, gtin)))
    if mode == "production":
        texts |= set(db.execute(kept.format("serial_idx, serial"), (no,)))
    fields = [field for row in stays for field in (len(row), *row)]
    return form("packline residue 1", *fields, len(texts),
                *(field for text in sorted(texts) for field in text)).hex()


def walk(db, anchored):
    """All events in order; returns their number, the signers, and the events in `anchored`."""
    heads, numbers, closed, signers, met = {"site": (0, bytes(32))}, {}, set(), Signers(), {}
    sql = "SELECT body FROM event WHERE chain = 'site' AND body LIKE ? ORDER BY seq"
    sealed = [json.loads(text) for text, in db.execute(sql, ('{"kind":"batch_sealed"%',))]
    seals, left = {s["batch"]: s for s in sealed}, sum(s["events"] for s in sealed)
    last, texts, acts = 0, 0, Acts()
    for seq, chain, chain_seq, at, prev, hashed, body in events(db):
        if chain in seals:
            continue  # its file is the batch, and these are left over
        kind, missing, last = body["kind"], seq - last - 1, seq
        need(0 <= missing <= left, seq - missing, "missing or out of order")
        left -= missing
        need(chain in heads and chain not in closed, seq, "no genesis, or behind the head")
        need(heads[chain] == (chain_seq - 1, prev), seq, "not linked to the event before it")
        need((seq == 1) == (kind == "ledger_created"), seq, "not created, or created twice")
        signers.take(seq, at, prev, body)
        acts.take(seq, chain, body, signers.names[1] == "production")
        if kind == "batch_genesis":
            batch, no = body["batch"], body["batch_no"]
            need(batch not in heads, seq, "a second genesis")
            heads[batch], numbers[batch] = (0, hashed), no
            if batch in seals:
                seal = seals[batch]
                heads[batch] = seal["events"], bytes.fromhex(seal["head"])
                need(residue(db, batch, no) == seal["residue"], seq, "what stays of a sealed batch")
        elif kind == "batch_head":
            named = body["chain_seq"], bytes.fromhex(body["hash"])
            need(heads.get(body["batch"]) == named, seq, "another head of the batch")
            closed.add(body["batch"])
        elif kind == "batch_sealed":
            same = sealed.count(body) == 1 and seals[body["batch"]] == body
            need(same and body["batch"] in closed, seq, "sealed twice, or not closed")
        elif kind == "checkpoint":
            a = body["anchor"]
            named = [heads.get(h["chain"]) == (h["chain_seq"], bytes.fromhex(h["hash"]))
                     for h in a["heads"] if h["chain"] not in seals]
            need(all(named) and a["through_seq"] == seq - 1, seq, "other heads in the checkpoint")
            left_out = heads.keys() - closed - {h["chain"] for h in a["heads"]}
            need(not left_out, seq, "the checkpoint leaves out a chain")
            covers(signers, seq, a)
        texts += contents(db, seq, numbers.get(chain), body)
        heads[chain] = chain_seq, hashed
        if (chain, chain_seq) in anchored:
            met[chain, chain_seq] = seq, hashed.hex()
    need(left == 0, last, "fewer events are missing than were sealed")
    gone = ",".join(str(numbers[batch]) for batch in seals)
    stored = db.execute(f"SELECT count(*) FROM pool_serial WHERE batch_no NOT IN ({gone})")
    need(stored.fetchone()[0] == texts, last, "serial texts that no event allocated")
    return last, signers, met, seals


def covers(signers, seq, a):
    named = [a["line_id"], a["ledger_kind"], a["ledger_epoch"]]
    need(named == signers.names, seq, "a checkpoint of another ledger")
    need(signed(signers.at(seq), anchor_form(a), a["signature"]), seq, "checkpoint signature")


def sealed_file(db, given):
    """The file of a sealed batch; returns its name, its events and its head."""
    signers, batch, no, head, ended, texts, whole = Signers(), None, None, None, None, 0, False
    acts = Acts()
    for seq, chain, chain_seq, at, prev, hashed, body in events(db):
        kind = body["kind"]
        need((seq == 1) == (kind == "ledger_created") and not whole, seq, "does not belong here")
        if chain != "site":
            need(chain == batch and not ended, seq, "an event of another chain")
            need(head == (chain_seq - 1, prev), seq, "not linked to the event before it")
            head, texts = (chain_seq, hashed), texts + contents(db, seq, no, body)
            acts.take(seq, chain, body, signers.names[1] == "production")
        elif kind in ("ledger_created", "key_rotated", "ledger_restored"):
            signers.take(seq, at, prev, body)
        elif kind == "batch_genesis" and batch is None:
            batch, no, head = body["batch"], body["batch_no"], (0, hashed)
        elif kind == "batch_head":
            named = body["batch"], (body["chain_seq"], bytes.fromhex(body["hash"]))
            need(named == (batch, head), seq, "another head of the batch")
            ended = chain_seq, hashed
        else:
            need(kind == "checkpoint" and ended == (chain_seq - 1, prev), seq, "not of the batch")
            a, signs = body["anchor"], {"chain": "site", "chain_seq": ended[0],
                                        "hash": ended[1].hex()}
            need(a["heads"][0] == signs, seq, "the checkpoint does not cover the head")
            covers(signers, seq, a)
            whole = True
    need(whole, 1, "the checkpoint behind the batch's head is missing")
    need(given is None or signers.vouched(given), 1, "another key than the one given")
    stored = db.execute("SELECT count(*) FROM pool_serial").fetchone()[0]
    need(stored == texts, 1, "serial texts that no event allocated")
    return {"ok": True, "sealed_batch": batch, "events": head[0], "head": head[1].hex(),
            "signing_keys": len(signers.keys), "signed_by_given_key": given is not None,
            "tables": "not checked"}


def anchors_of(path):
    lines = open(path, encoding="utf-8", newline="").read().split("\n")
    return [json.loads(line) for line in lines[:-1] if line.strip()]  # a torn line claims nothing


def opened(path):
    return sqlite3.connect(f"file:{urllib.parse.quote(path)}?immutable=1", uri=True)


def check(path, anchors, given):
    anchored = {(h["chain"], h["chain_seq"]) for a in anchors for h in a["heads"]}
    last, signers, met, seals = walk(opened(path), anchored)
    need(signers.names, 1, "no event")
    need(given is None or signers.vouched(given), 1, "another key than the one given")
    line, ledger_kind, newest_epoch = signers.names
    covered, lost = 0, 0
    for a in anchors:
        through, epoch = a["through_seq"], a["ledger_epoch"]
        same = (a["line_id"], a["ledger_kind"]) == (line, ledger_kind) and epoch <= newest_epoch
        need(same, through, "an anchor of another ledger")
        is_lost = any(ended >= epoch and through > end for ended, end in signers.ends)
        ends = [end for ended, end in signers.ends if ended == epoch]
        keys = [signers.at(min([through, *ends]))] + (given if is_lost else [])
        fits = [signed(key, anchor_form(a), a["signature"]) for key in keys]
        need(any(fits), through, "anchor signature")
        need(through <= last or is_lost, last + 1, "missing: an anchor covers it")
        for h in a["heads"]:
            seq, hashed = met.get((h["chain"], h["chain_seq"]), (None, None))
            if seq is None or signers.epoch(seq) > epoch:
                need(is_lost or h["chain"] in seals, through, "missing: an anchor names it")
            else:
                need(hashed == h["hash"], through, "an anchor knows another")
        covered, lost = max(covered, 0 if is_lost else through), lost + is_lost
    return {"ok": True, "events": last, "ledger_epoch": newest_epoch,
            "signing_keys": len(signers.keys), "anchored": len(anchors) > lost,
            "anchors_of_lost_part": lost, "events_since_last_anchor": last - covered,
            "sealed": {s["file"]: s["sha256"] for s in seals.values()}, "tables": "not checked"}


def verdict(words):
    given = open(words[-1]).read().split() if len(words) > 1 else None
    if words[0].endswith(".packline"):
        with open(words[0], "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        return sealed_file(opened(words[0]), given) | {"sha256": digest}
    return check(words[0], anchors_of(words[1]) if given else [], given)


def main(words):
    missing = [word for word in words if not os.path.isfile(word)]
    expected = (1, 2) if words and words[0].endswith(".packline") else (1, 3)
    if len(words) not in expected or missing:
        return 2, f"there is no file {missing[0]}" if missing else __doc__
    if os.path.isfile(words[0] + "-wal") and os.path.getsize(words[0] + "-wal"):
        return 2, "a -wal is beside the file: verify a copy that SQLite has merged it into"
    try:
        return 0, verdict(words)
    except Exception as wrong:  # whatever a forged file makes of this program
        return 3, {"ok": False, "anchored": False, "what": f"{type(wrong).__name__}: {wrong}"}


if __name__ == "__main__":
    code, said = main(sys.argv[1:])
    print(said if code == 2 else json.dumps(said), file=sys.stderr if code == 2 else None)
    sys.exit(code)
