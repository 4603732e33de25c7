"""Two verifiers that share no line, on one ledger and on forged copies of it.

    verifier.py PACKLINE PACKLINE_VERIFY DATA_DIR

docs/verify.py was written from docs/record-format.md alone. First it computes that page's test
vectors. Then both must find the ledger of DATA_DIR in order, follow a rotation of its key, and find
every forgery; what docs/verify.py does not claim (the tables), packline-verify must find. The same
for its batch sealed into a file, for what the ledger is then, and for one restored from an older
backup whose key had been rotated since. Standard library only. Exit 1 with the first disagreement.
"""
import hashlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))
import verify  # noqa: E402

ANCHORS, ALONE = True, False


def expect(fits, what):
    if not fits:
        sys.exit(f"verifier.py: {what}")


def vectors():
    page = (DOCS / "record-format.md").read_text(encoding="utf-8")
    body = '{"kind":"pack_infeed","track":1,"count":123400}'
    at, ones = "2026-11-22T12:21:53.007+00:00", b"\x11" * 32
    start = "packline event 1", 7, "B-1", 2, at
    for numbers in ((1500000, 1, 3, 41, 123456), (None, 1, None, None, None)):
        hashed = verify.form(*start, *numbers, body, ones).hex()
        expect(hashed in page, f"the page has no event hash {hashed}")
    digest = hashlib.sha256(b"B100000000\nB100000001\n").hexdigest()
    expect(digest in page, f"the page has no digest {digest}")
    anchor, rotation = [json.loads(line) for line in page.splitlines() if line.startswith("    {")]
    key = rotation["old_public_key"]
    signed = verify.signed(key, verify.anchor_form(anchor), anchor["signature"])
    expect(signed, "the page's anchor is not signed by the key of seed 07")
    names = "old_public_key", "new_public_key", "who", "reason"
    said = verify.form("packline key rotation 1", "L-1", "simulation", 1, at, ones.hex(),
                       *(rotation[name] for name in names))
    for which in ("old", "new"):
        key, signature = rotation[f"{which}_public_key"], rotation[f"{which}_signature"]
        expect(verify.signed(key, said, signature), f"the page's rotation: {which} signature")
        expect(not verify.signed(key, said[::-1], signature), "any message fits a signature")


class Copy:
    """A ledger in a directory of its own, with what was kept elsewhere."""

    def __init__(self, data_dir, into):
        self.dir = pathlib.Path(into)
        self.db, self.anchors, self.key = (
            str(self.dir / name) for name in ("ledger.db", "anchors.jsonl", "signing.pub"))
        for name in ("ledger.db", "anchors.jsonl", "signing.pub", "signing.key"):
            shutil.copy(data_dir / name, self.dir / name)

    def forge(self, *statements):
        """Changes the file as somebody would who has it in his hands: triggers and all."""
        db = sqlite3.connect(self.db, isolation_level=None)
        sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        triggers = db.execute(sql).fetchall()
        db.execute("PRAGMA journal_mode = DELETE")
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            if callable(statement):
                statement(db)
            else:
                expect(db.execute(statement).rowcount != 0, f"changed nothing: {statement}")
        for _, sql in triggers:
            db.execute(sql)
        db.execute("PRAGMA journal_mode = WAL")
        db.close()

    def clone(self, into):
        """The same once more, to be forged."""
        return Copy(self.dir, into)

    def foreign(self, with_anchors):
        """Exit code and verdict of docs/verify.py."""
        words = [self.db] + ([self.anchors, self.key] if with_anchors else [])
        return run([sys.executable, "-B", str(DOCS / "verify.py"), *words])

    def ours(self, program, with_anchors):
        words = ["--anchors", self.anchors, "--key", self.key] if with_anchors else []
        return run([program, self.db, "--json", *words])


def merge(path):
    merged = sqlite3.connect(path)
    merged.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    merged.close()


def run(words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    expect(done.returncode in (0, 3), f"{words} ended with {done.returncode}: {done.stderr}")
    return done.returncode, json.loads(done.stdout)


def seq_of(db, kind, nth=0):
    sql = "SELECT seq FROM event WHERE body LIKE ? ORDER BY seq LIMIT 1 OFFSET ?"
    return db.execute(sql, (f'{{"kind":"{kind}"%', nth)).fetchone()[0]


def insert_again(db):
    seq = seq_of(db, "verdict")
    db.execute("UPDATE event SET seq = -(seq + 1) WHERE seq > ?", (seq,))
    db.execute("UPDATE event SET seq = -seq WHERE seq < 0")
    columns = ("chain, chain_seq, at, mono_ns, clock_synchronised, io_epoch, io_seq, encoder, "
               "body, prev, hash")
    db.execute(f"INSERT INTO event SELECT seq + 1, {columns} FROM event WHERE seq = ?", (seq,))


def exchange(db):
    a, b = seq_of(db, "verdict"), seq_of(db, "pack_exited", 3)
    db.execute("UPDATE event SET seq = -seq WHERE seq IN (?, ?)", (a, b))
    db.execute("UPDATE event SET seq = CASE seq WHEN ? THEN ? ELSE ? END WHERE seq < 0", (-a, b, a))


def renumbered(body, numbers):
    """Names the signatures of an act by their new numbers; False where it names none."""
    by = body.get("signed") if body["kind"] == "batch_closed" else body
    named = [name for name in ("signature_seq", "second_signature_seq") if (by or {}).get(name)]
    for name in named:
        by[name] = numbers[by[name]]
    return bool(named)


def rewrite(db):
    """Everything computed anew after a backdated verdict, without a key: no checkpoints."""
    forged, heads, rows = seq_of(db, "verdict"), {"site": (0, bytes(32))}, []
    numbers = {}
    for row in db.execute("SELECT * FROM event ORDER BY seq").fetchall():
        body, text = json.loads(row[9]), row[9]
        if body["kind"] == "checkpoint":
            continue
        if body["kind"] == "batch_head":
            chain_seq, head = heads[body["batch"]]
            text = json.dumps(body | {"chain_seq": chain_seq, "hash": head.hex()})
        if renumbered(body, numbers):
            text = json.dumps(body)
        numbers[row[0]] = len(rows) + 1
        chain_seq, prev = heads[row[1]]
        at = "2026-01-01T00:00:00.000+00:00" if row[0] == forged else row[3]
        fields = [len(rows) + 1, row[1], chain_seq + 1, at, *row[4:9], text, prev]
        fields.append(verify.form("packline event 1", *fields))
        heads[row[1]] = chain_seq + 1, fields[11]
        if body["kind"] == "batch_genesis":
            heads[body["batch"]] = 0, fields[11]
        rows.append(fields)
    db.execute("DELETE FROM event")
    db.executemany(f"INSERT INTO event VALUES({','.join('?' * 12)})", rows)


FIRST_SERIALS = "batch_no = 1 AND serial_idx IN (0, 1)"
#: What is forged; True when docs/verify.py finds it without anchors, False when only with them.
FORGERIES = {
    "event edited": (True, "UPDATE event SET encoder = encoder + 1 WHERE seq = 40"),
    "clock claimed": (True, "UPDATE event SET clock_synchronised = 1 - clock_synchronised "
                            "WHERE seq = 41"),
    "event deleted": (True, "DELETE FROM event WHERE seq = 40"),
    "event inserted": (True, insert_again),
    "events exchanged": (True, exchange),
    "serial texts exchanged": (
        True, "DELETE FROM issued",
        "UPDATE pool_serial SET serial = (SELECT serial FROM pool_serial o WHERE o.batch_no = 1 "
        f"AND o.serial_idx = 1 - pool_serial.serial_idx) WHERE {FIRST_SERIALS}"),
    "serial added": (True, "INSERT INTO pool_serial(batch_no, serial_idx, serial, state) "
                           "VALUES(1, 10000000, 'FORGED', 7)"),
    "configuration changed": (True, "UPDATE config SET bytes = CAST(bytes || ' ' AS BLOB)"),
    "tail cut": (False, "DELETE FROM event WHERE seq > (SELECT max(seq) - 20 FROM event)"),
    "all made anew": (False, rewrite),
}


def forgeries(program, data_dir):
    for name, (alone, *statements) in FORGERIES.items():
        with tempfile.TemporaryDirectory() as into:
            copy = Copy(data_dir, into)
            copy.forge(*statements)
            code, said = copy.foreign(ALONE)
            expect((code == 3) == alone, f"{name}, alone: {said}")
            expect(not said["anchored"], f"{name} claims anchors: {said}")
            code, said = copy.foreign(ANCHORS)
            expect(code == 3, f"{name}, with anchors: {said}")
            print(f"{name:<24} {'alone' if alone else 'by anchors':<11} {said['what']}")
            expect(copy.ours(program, ANCHORS)[0] == 3, f"{name}: packline-verify")
    with tempfile.TemporaryDirectory() as into:
        copy = Copy(data_dir, into)
        copy.forge("UPDATE pack SET verdict = 'accept', reason = NULL WHERE verdict = 'reject'")
        code, said = copy.foreign(ANCHORS)
        expect(code == 0 and said["tables"] == "not checked", f"tables: {said}")
        code, said = copy.ours(program, ANCHORS)
        expect(code == 3 and said["projections"] == "broken", f"tables: {said}")
        print(f"{'table forged':<24} {'not claimed':<11} {said['first_error']['what']}")


def forged_rotation(db):
    """The new key's signature, changed; the event's own hash fits."""
    seq = seq_of(db, "key_rotated")
    row = list(db.execute("SELECT * FROM event WHERE seq = ?", (seq,)).fetchone())
    body = json.loads(row[9])
    body["old_signature"] = body["new_signature"]
    row[9] = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    hashed = verify.form("packline event 1", *row[:11])
    db.execute("UPDATE event SET body = ?, hash = ? WHERE seq = ?", (row[9], hashed, seq))


def rotation(packline, program, data_dir):
    with tempfile.TemporaryDirectory() as into:
        copy = Copy(data_dir, into)
        kept = pathlib.Path(copy.key).read_text()
        words = ["audit", "key", "rotate", "--reason", "yearly", "--who", "quentin", "--json"]
        run([packline, *words, "--data-dir", into])
        merge(copy.db)
        expect(pathlib.Path(copy.key).read_text() != kept, "signing.pub is still the old key")
        for key in (pathlib.Path(copy.key).read_text(), kept):
            pathlib.Path(copy.key).write_text(key)
            for code, said in (copy.foreign(ANCHORS), copy.ours(program, ANCHORS)):
                expect(code == 0 and said["anchored"] and said["signing_keys"] == 2, f"{said}")
        copy.forge(forged_rotation)
        for code, said in (copy.foreign(ALONE), copy.ours(program, ALONE)):
            expect(code == 3, f"forged rotation: {said}")
        print(f"{'rotation forged':<24} {'alone':<11} {copy.foreign(ALONE)[1]['what']}")


def both_find(name, copy, program, with_anchors):
    code, said = copy.foreign(with_anchors)
    expect(code == 3, f"{name}: {said}")
    print(f"{name:<24} {'by anchors' if with_anchors else 'alone':<11} {said['what']}")
    code, ours = copy.ours(program, with_anchors)
    expect(code == 3, f"{name}: packline-verify {ours}")


class SealedFile(Copy):
    """A sealed batch alone; what was kept elsewhere of it is the key."""

    def __init__(self, file, key, into):
        self.db, self.key = str(pathlib.Path(into) / file.name), key
        shutil.copy(file, self.db)

    def foreign(self, with_key):
        words = [self.db] + ([self.key] if with_key else [])
        return run([sys.executable, "-B", str(DOCS / "verify.py"), *words])

    def ours(self, program, with_key):
        return run([program, self.db, "--json", *(["--key", self.key] if with_key else [])])


def another_head(db):
    """The checkpoint of the file, over a head that is not the batch's; its own hash fits."""
    seq = seq_of(db, "checkpoint")
    row = list(db.execute("SELECT * FROM event WHERE seq = ?", (seq,)).fetchone())
    body = json.loads(row[9])
    body["anchor"]["heads"] = body["anchor"]["heads"][:0]
    row[9] = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    hashed = verify.form("packline event 1", *row[:11])
    db.execute("UPDATE event SET body = ?, hash = ? WHERE seq = ?", (row[9], hashed, seq))


IN_FILE = {
    "sealed: edited": "UPDATE event SET encoder = encoder + 1 WHERE seq = 40",
    "sealed: deleted": "DELETE FROM event WHERE seq = 40",
    "sealed: tail cut": "DELETE FROM event WHERE chain <> 'site' AND chain_seq = "
                        "(SELECT max(chain_seq) FROM event WHERE chain <> 'site')",
    "sealed: exchanged": exchange,
    "sealed: text changed": "UPDATE pool_serial SET serial = 'FORGED' WHERE serial_idx = 1",
    "sealed: text added": "INSERT INTO pool_serial(batch_no, serial_idx, serial, state) "
                          "VALUES(1, 10000000, 'FORGED', 7)",
    "sealed: configuration": "UPDATE config SET bytes = CAST(bytes || ' ' AS BLOB)",
    "sealed: no checkpoint": "DELETE FROM event WHERE body LIKE '{\"kind\":\"checkpoint\"%'",
    "sealed: another head": another_head,
}
#: Of the ledger behind it; True when it is found without anchors.
BEHIND = {
    "left: its row": (True, "UPDATE batch SET declared_retrieved = declared_retrieved + 1"),
    "left: a serial gone": (True, "DELETE FROM issued WHERE serial_idx = 3"),
    "left: its chain's end": (True, "UPDATE chain_head SET chain_seq = 1 WHERE chain <> 'site'"),
    "left: sealing edited": (True, "UPDATE event SET body = replace(body, '\"events\":', "
                             "'\"events\":1') WHERE body LIKE '{\"kind\":\"batch_sealed\"%'"),
    "left: one more gone": (True, "DELETE FROM event WHERE seq = 2"),
    "left: no sealing": (True, "DELETE FROM event WHERE body LIKE '{\"kind\":\"batch_sealed\"%'"),
    "left: tail cut": (False, "DELETE FROM event WHERE seq > (SELECT max(seq) FROM event WHERE "
                       "body LIKE '{\"kind\":\"batch_sealed\"%')"),
}


def agree(copy, program, with_anchors, names):
    (code, foreign), (ours_code, ours) = copy.foreign(with_anchors), copy.ours(program, with_anchors)
    expect((code, ours_code) == (0, 0), f"an honest file: {foreign} {ours}")
    for name in names:
        expect(foreign[name] == ours[name], f"they differ in {name}: {foreign} {ours}")
    return foreign


def sealed(packline, program, data_dir):
    with tempfile.TemporaryDirectory() as into, tempfile.TemporaryDirectory() as elsewhere:
        copy = Copy(data_dir, into)
        run([packline, "order", "seal", "--keep", "0", "--data-dir", into, "--json"])
        # A checkpoint after the sealing, for anchors to cover it.
        words = ["audit", "key", "rotate", "--reason", "yearly", "--who", "quentin", "--json"]
        kept = pathlib.Path(copy.key).read_text()
        run([packline, *words, "--data-dir", into])
        pathlib.Path(copy.key).write_text(kept)
        merge(copy.db)
        for with_anchors in (ALONE, ANCHORS):
            names = "events", "anchored", "signing_keys", "events_since_last_anchor"
            said = agree(copy, program, with_anchors, names)
        files = sorted((copy.dir / "sealed").glob("*.packline"))
        digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
        expect(files and said["sealed"] == digests, f"other files than sealed: {said}")
        for name, (alone, *statements) in BEHIND.items():
            with tempfile.TemporaryDirectory() as again:
                forged = copy.clone(again)
                forged.forge(*statements)
                expect((forged.foreign(ALONE)[0] == 3) == alone, f"{name}, alone")
                both_find(name, forged, program, not alone)
        names = "sealed_batch", "events", "head", "sha256", "signing_keys", "signed_by_given_key"
        for with_key in (False, True):
            agree(SealedFile(files[0], copy.key, elsewhere), program, with_key, names)
        for name, statement in IN_FILE.items():
            forged = SealedFile(files[0], copy.key, elsewhere)
            forged.forge(statement)
            both_find(name, forged, program, False)
            # What is whole again but another file is found by the ledger's sha256.
            words = [program, copy.db, "--json", "--sealed", elsewhere]
            expect(run(words)[0] == 3, f"{name}: the ledger takes it for its own")
        other = pathlib.Path(elsewhere) / "other.pub"
        other.write_text("ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c")
        both_find("sealed: another key", SealedFile(files[0], str(other), elsewhere), program, True)
    return len(IN_FILE) + len(BEHIND) + 1


def hidden_restore(db):
    """The new epoch, cut off: the ledger is as the backup was."""
    seq = seq_of(db, "ledger_restored")
    db.execute("DELETE FROM event WHERE seq > ?", (seq - 3,))


def restored(packline, program, data_dir):
    """What came after the backup, a rotation of the key, is lost; the backup has the old key."""
    with tempfile.TemporaryDirectory() as into:
        lost, data = Copy(data_dir, into), pathlib.Path(into) / "restored"
        backup = str(lost.dir / "backup")
        run([packline, "backup", "--data-dir", into, "--out", backup, "--with-key", "--json"])
        old = pathlib.Path(lost.key).read_text()
        words = ["audit", "key", "rotate", "--reason", "yearly", "--who", "quentin", "--json"]
        run([packline, *words, "--data-dir", into])
        both = old + pathlib.Path(lost.key).read_text()
        pathlib.Path(lost.key).write_text(both)
        by = ["--who", "ada", "--second", "bert", "--reason", "disk lost", "--json"]
        kept = ["--anchors", lost.anchors, "--key", lost.key]
        code, said = run([packline, "restore", "--from", backup, "--data-dir", data, *by, *kept])
        expect(code == 0 and said["ledger_epoch"] == 2, f"restore: {said}")
        merge(data / "ledger.db")
        anchors = pathlib.Path(lost.anchors).read_text() + (data / "anchors.jsonl").read_text()
        (data / "anchors.jsonl").write_text(anchors)
        (data / "signing.pub").write_text(both)
        names = ("events", "anchored", "signing_keys", "events_since_last_anchor", "ledger_epoch",
                 "anchors_of_lost_part")
        whole = Copy(data, lost.dir)
        said = agree(whole, program, ANCHORS, names)
        expect(said["anchors_of_lost_part"] > 0, f"nothing was lost: {said}")
        pathlib.Path(whole.key).write_text(old)
        both_find("lost part's key unknown", whole, program, ANCHORS)
        pathlib.Path(whole.key).write_text(both)
        kind = '{"kind":"ledger_restored"%'
        forgeries = {
            "restore: edited": (True, "UPDATE event SET body = replace(body, 'disk lost', 'x') "
                                f"WHERE body LIKE '{kind}'"),
            "restore: signature gone": (True, "DELETE FROM event WHERE seq = (SELECT seq - 1 FROM "
                                        f"event WHERE body LIKE '{kind}')"),
            "restore: hidden": (False, hidden_restore),
            # Numbered anew without checkpoints, the restore no longer follows its backup.
            "restore: all made anew": (True, rewrite),
        }
        for name, (alone, statement) in forgeries.items():
            with tempfile.TemporaryDirectory() as again:
                forged = whole.clone(again)
                forged.forge(statement)
                expect((forged.foreign(ALONE)[0] == 3) == alone, f"{name}, alone")
                both_find(name, forged, program, not alone)
    return len(forgeries) + 1


def new_key(packline, program, data_dir):
    """The backup has no key: neither the old nor the new one vouches for the other."""
    with tempfile.TemporaryDirectory() as into, tempfile.TemporaryDirectory() as again:
        lost, data = Copy(data_dir, into), pathlib.Path(into) / "restored"
        backup = str(lost.dir / "backup")
        run([packline, "backup", "--data-dir", into, "--out", backup, "--json"])
        by = ["--who", "ada", "--second", "bert", "--reason", "key lost", "--json"]
        code, said = run([packline, "restore", "--from", backup, "--data-dir", data, *by])
        expect(code == 0 and said["new_key"], f"restore: {said}")
        merge(data / "ledger.db")
        whole = Copy(data, again)
        keys = [pathlib.Path(lost.key).read_text(), pathlib.Path(whole.key).read_text()]
        pathlib.Path(whole.key).write_text("".join(keys))
        agree(whole, program, ANCHORS, ("events", "anchored", "signing_keys", "ledger_epoch"))
        for which, key in zip(("old", "new"), keys):
            pathlib.Path(whole.key).write_text(key)
            both_find(f"the {which} key alone", whole, program, ANCHORS)
    return len(keys)


def main(packline, program, data_dir):
    data_dir = pathlib.Path(data_dir)
    vectors()
    with tempfile.TemporaryDirectory() as into:
        copy = Copy(data_dir, into)
        copy.forge()
        for with_anchors in (ALONE, ANCHORS):
            (code, foreign), (ours_code, ours) = (
                copy.foreign(with_anchors), copy.ours(program, with_anchors))
            expect((code, ours_code) == (0, 0), f"the honest ledger: {foreign} {ours}")
            for name in ("events", "anchored", "events_since_last_anchor", "signing_keys"):
                expect(foreign[name] == ours[name], f"they differ in {name}: {foreign} {ours}")
    forgeries(program, data_dir)
    rotation(packline, program, data_dir)
    more = sealed(packline, program, data_dir) + restored(packline, program, data_dir)
    more += new_key(packline, program, data_dir)
    print(f"{ours['events']} events, {len(FORGERIES) + 2 + more} forgeries: both verifiers agree")


main(*sys.argv[1:])
