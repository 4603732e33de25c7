-- Schema 6 of a Packline ledger. `event` is the only truth; every other table is a projection
-- that `verify` rebuilds. Views for outsiders are documented in docs/ledger-views.md.

CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE event(
  seq INTEGER PRIMARY KEY,
  chain TEXT NOT NULL,
  chain_seq INTEGER NOT NULL,
  at TEXT NOT NULL,
  mono_ns INTEGER,
  clock_synchronised INTEGER NOT NULL,
  io_epoch INTEGER,
  io_seq INTEGER,
  encoder INTEGER,
  body TEXT NOT NULL,
  prev BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- But for batches whose events are on record as sealed into a file of their own.
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
WHEN NOT EXISTS (SELECT 1 FROM batch WHERE batch = OLD.chain AND sealed_seq IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE chain_head(
  chain TEXT PRIMARY KEY, chain_seq INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE authority(
  gtin TEXT PRIMARY KEY, partition TEXT, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE config(hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE batch(
  batch_no INTEGER PRIMARY KEY,
  batch TEXT NOT NULL UNIQUE,
  gtin TEXT NOT NULL,
  lot TEXT NOT NULL,
  expiry TEXT NOT NULL,
  target INTEGER NOT NULL,
  spec TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  return_policy TEXT NOT NULL,
  mode TEXT NOT NULL,
  state INTEGER NOT NULL,
  allocated INTEGER NOT NULL DEFAULT 0,
  pool_digest TEXT,
  declared_additions INTEGER NOT NULL DEFAULT 0,
  declared_removals INTEGER NOT NULL DEFAULT 0,
  declared_printed INTEGER NOT NULL DEFAULT 0,
  declared_duplicate INTEGER NOT NULL DEFAULT 0,
  declared_setup INTEGER NOT NULL DEFAULT 0,
  declared_challenge INTEGER NOT NULL DEFAULT 0,
  declared_retrieved INTEGER NOT NULL DEFAULT 0,
  opened_seq INTEGER NOT NULL,
  loaded_seq INTEGER,
  closed_seq INTEGER,
  books TEXT,
  -- After a restore: nothing may happen until two persons have unblocked it.
  blocked INTEGER NOT NULL DEFAULT 0,
  unblocked_seq INTEGER,
  -- The first start; and no pack is accepted while the first one waits for its approval.
  started_seq INTEGER,
  first_pack_due INTEGER NOT NULL DEFAULT 0,
  -- Sealed into a file of its own: what is left here is this row, the serials and the chain's end.
  sealed_seq INTEGER,
  sealed_file TEXT,
  sealed_sha256 TEXT,
  sealed_alive INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE issued(
  gtin TEXT NOT NULL, serial TEXT NOT NULL,
  batch_no INTEGER NOT NULL, serial_idx INTEGER NOT NULL,
  PRIMARY KEY(gtin, serial)
) STRICT, WITHOUT ROWID;

CREATE INDEX issued_of_batch ON issued(batch_no, serial_idx);

-- After a restore: product codes whose serials may be allocated again, and what was said of the
-- serials that were used in the part that is lost: none, listed, or unknown.
CREATE TABLE product_unblocked(
  gtin TEXT PRIMARY KEY, lost TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pool_slice(
  batch_no INTEGER NOT NULL, first_idx INTEGER NOT NULL, count INTEGER NOT NULL,
  digest TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(batch_no, first_idx)
) STRICT, WITHOUT ROWID;

-- Where a pool came from that this line did not draw.
CREATE TABLE pool_source(
  batch_no INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  provider TEXT, claim TEXT, sha256 TEXT,
  count INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT;

CREATE TABLE pool_serial(
  batch_no INTEGER NOT NULL, serial_idx INTEGER NOT NULL,
  serial TEXT NOT NULL,
  state INTEGER NOT NULL,
  labeler_epoch INTEGER,
  job INTEGER,
  track INTEGER,
  cause TEXT,
  printed INTEGER NOT NULL DEFAULT 0,
  commissioned_by INTEGER,
  assigned_seq INTEGER,
  last_seq INTEGER,
  PRIMARY KEY(batch_no, serial_idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE pack(
  batch_no INTEGER NOT NULL, track INTEGER NOT NULL,
  serial_idx INTEGER,
  fate INTEGER NOT NULL,
  verdict TEXT,
  reason TEXT,
  infeed_count INTEGER NOT NULL,
  io_epoch INTEGER NOT NULL,
  applied_count INTEGER,
  exit_count INTEGER,
  eject_count INTEGER,
  exit_edge INTEGER NOT NULL DEFAULT 0,
  infeed_seq INTEGER NOT NULL,
  verdict_seq INTEGER,
  accepted_seq INTEGER,
  fate_seq INTEGER,
  last_seq INTEGER NOT NULL,
  -- The review in force of a reject; a new verdict ends it.
  review_seq INTEGER,
  PRIMARY KEY(batch_no, track),
  UNIQUE(batch_no, serial_idx)
) STRICT, WITHOUT ROWID;

-- Rejects only: their pages, counts and reviews never look at good packs.
CREATE INDEX pack_reject ON pack(batch_no, track, reason, verdict_seq, review_seq)
WHERE verdict = 'reject';

-- Every review of a reject, the superseded ones among them.
CREATE TABLE reject_review(
  batch_no INTEGER NOT NULL, track INTEGER NOT NULL, seq INTEGER NOT NULL,
  finding TEXT NOT NULL, who TEXT NOT NULL,
  PRIMARY KEY(batch_no, track, seq)
) STRICT, WITHOUT ROWID;

-- Who said or did something with a pack by hand: none of them reviews it.
CREATE TABLE pack_act(
  batch_no INTEGER NOT NULL, track INTEGER NOT NULL, who TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(batch_no, track, who)
) STRICT, WITHOUT ROWID;

-- Steps of an order's workflow, the latest of each kind: clearance, devices, start, first_pack.
CREATE TABLE workflow_step(
  batch_no INTEGER NOT NULL, step TEXT NOT NULL, seq INTEGER NOT NULL, passed INTEGER NOT NULL,
  PRIMARY KEY(batch_no, step)
) STRICT, WITHOUT ROWID;

-- Versions of product recipes; their texts are in config, by hash.
CREATE TABLE recipe(
  gtin TEXT NOT NULL, version INTEGER NOT NULL, sha256 TEXT NOT NULL, state TEXT NOT NULL,
  drafted_by TEXT NOT NULL,
  drafted_seq INTEGER NOT NULL, approved_seq INTEGER, retired_seq INTEGER,
  PRIMARY KEY(gtin, version)
) STRICT, WITHOUT ROWID;

-- Versions of the line's configuration; their texts are in config, by hash.
CREATE TABLE configuration(
  version INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, drafted_by TEXT NOT NULL,
  drafted_seq INTEGER NOT NULL, released_seq INTEGER
) STRICT;

-- Edges that no tracked pack explains. After a restart an edge may be told again: it is the same
-- one when epoch and count are.
CREATE TABLE stray_edge(
  batch_no INTEGER NOT NULL, at_exit INTEGER NOT NULL,
  io_epoch INTEGER NOT NULL, count INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(batch_no, at_exit, io_epoch, count)
) STRICT, WITHOUT ROWID;

CREATE TABLE count_base(
  batch_no INTEGER PRIMARY KEY,
  io_epoch INTEGER NOT NULL,
  infeed_base INTEGER NOT NULL, exit_base INTEGER NOT NULL, eject_base INTEGER NOT NULL,
  labeler_epoch INTEGER NOT NULL, printed_base INTEGER NOT NULL,
  begin_infeed INTEGER NOT NULL, begin_exit INTEGER NOT NULL,
  begin_eject INTEGER NOT NULL, begin_printed INTEGER NOT NULL,
  infeed INTEGER NOT NULL, exit INTEGER NOT NULL,
  eject INTEGER NOT NULL, printed INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT;

CREATE TABLE signature(
  seq INTEGER PRIMARY KEY, chain TEXT NOT NULL, who TEXT NOT NULL, name TEXT NOT NULL,
  meaning TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL,
  authenticated INTEGER NOT NULL
) STRICT;
CREATE INDEX signature_of ON signature(chain, seq);

-- Trial runs of an order's batch: challenge and setup, each in a batch chain of its own.
CREATE TABLE trial(
  seq INTEGER PRIMARY KEY, batch_no INTEGER NOT NULL, trial TEXT NOT NULL, mode TEXT NOT NULL,
  passed INTEGER NOT NULL
) STRICT;

CREATE TABLE deviation(
  seq INTEGER PRIMARY KEY, batch_no INTEGER NOT NULL, identity TEXT NOT NULL,
  amount INTEGER NOT NULL, who TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;

-- Alarms of the service: each once, as it is now.
CREATE TABLE alarm(
  batch_no INTEGER NOT NULL, what TEXT NOT NULL, raised INTEGER NOT NULL, seq INTEGER NOT NULL,
  -- Raised last; none of one that was shelved before it ever was.
  raised_seq INTEGER,
  detail TEXT,
  acknowledged_seq INTEGER, acknowledged_by TEXT,
  shelved_seq INTEGER, shelved_by TEXT, shelved_until INTEGER, shelved_reason TEXT,
  PRIMARY KEY(batch_no, what)
) STRICT, WITHOUT ROWID;

-- Every change of an alarm, for its history: raised, returned, acknowledged, shelved, unshelved.
CREATE TABLE alarm_change(
  seq INTEGER PRIMARY KEY, batch_no INTEGER NOT NULL, what TEXT NOT NULL, change TEXT NOT NULL
) STRICT;

CREATE TABLE checkpoint(
  seq INTEGER PRIMARY KEY, through_seq INTEGER NOT NULL, signature TEXT NOT NULL
) STRICT;

-- Keys that sign the checkpoints, each from its event on; the last one is in force.
CREATE TABLE signing_key(
  key_no INTEGER PRIMARY KEY, public_key TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT;

-- Who may log in and what they may do; their passwords are not in this file.
CREATE TABLE user(
  user TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, roles TEXT NOT NULL, state TEXT NOT NULL,
  language TEXT NOT NULL, must_change INTEGER NOT NULL, credential INTEGER NOT NULL,
  added_seq INTEGER NOT NULL, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW v_user AS SELECT
  user, name, roles, state, language, added_seq, seq AS last_seq
FROM user;

CREATE VIEW v_ledger AS SELECT
  (SELECT value FROM meta WHERE key = 'kind') AS kind,
  (SELECT value FROM meta WHERE key = 'line_id') AS line_id,
  (SELECT value FROM meta WHERE key = 'ledger_epoch') AS ledger_epoch,
  (SELECT public_key FROM signing_key ORDER BY key_no DESC LIMIT 1) AS public_key;

CREATE VIEW v_signing_key AS SELECT
  k.key_no AS key_no, k.public_key AS public_key, k.seq AS from_seq, e.at AS at
FROM signing_key k JOIN event e ON e.seq = k.seq;

CREATE VIEW v_batch AS SELECT
  batch, gtin, lot, expiry,
  CASE state
    WHEN 1 THEN 'waiting' WHEN 2 THEN 'ready' WHEN 3 THEN 'loaded' WHEN 4 THEN 'running'
    WHEN 5 THEN 'completed' WHEN 6 THEN 'aborted' WHEN 7 THEN 'held' WHEN 8 THEN 'suspended'
    WHEN 9 THEN 'closed' END AS state,
  target, allocated, books AS books_json, mode
FROM batch;

CREATE VIEW v_pack AS SELECT
  b.batch AS batch, p.track AS track, s.serial AS serial, p.verdict AS verdict,
  p.reason AS reason,
  CASE p.fate
    WHEN 0 THEN 'in_process' WHEN 1 THEN 'exited' WHEN 2 THEN 'ejected'
    WHEN 3 THEN 'unresolved' WHEN 4 THEN 'resolved_exited' WHEN 5 THEN 'resolved_ejected'
    WHEN 6 THEN 'removed' END AS fate,
  p.infeed_count AS infeed_count, p.io_epoch AS io_epoch,
  (SELECT at FROM event WHERE seq = p.accepted_seq) AS accepted_at,
  CASE WHEN p.fate IN (1, 4) THEN (SELECT at FROM event WHERE seq = p.fate_seq) END
    AS exited_at
FROM pack p
JOIN batch b ON b.batch_no = p.batch_no
LEFT JOIN pool_serial s ON s.batch_no = p.batch_no AND s.serial_idx = p.serial_idx;

CREATE VIEW v_serial AS SELECT
  b.batch AS batch, b.gtin AS gtin, s.serial AS serial, s.serial_idx AS serial_idx,
  CASE s.state
    WHEN 0 THEN 'unassigned' WHEN 1 THEN 'unallocated' WHEN 2 THEN 'allocated'
    WHEN 3 THEN 'sn_invalid' WHEN 4 THEN 'encoded' WHEN 5 THEN 'label_sampled'
    WHEN 6 THEN 'label_scrapped' WHEN 7 THEN 'commissioned' WHEN 8 THEN 'sampled'
    WHEN 9 THEN 'inactive' WHEN 10 THEN 'destroyed' WHEN 11 THEN 'released' END AS state,
  s.state AS state_number, s.track AS track
FROM pool_serial s JOIN batch b ON b.batch_no = s.batch_no;

CREATE VIEW v_pool AS SELECT
  b.batch AS batch, coalesce(p.kind, 'drawn') AS kind, p.provider AS provider,
  p.claim AS claim, p.sha256 AS sha256, coalesce(p.count, b.allocated) AS count,
  b.return_policy AS return_policy
FROM batch b LEFT JOIN pool_source p ON p.batch_no = b.batch_no;

CREATE VIEW v_step AS SELECT
  b.batch AS batch, w.step AS step, w.passed AS passed, w.seq AS seq, e.at AS at
FROM workflow_step w JOIN batch b ON b.batch_no = w.batch_no JOIN event e ON e.seq = w.seq;

CREATE VIEW v_review AS SELECT
  b.batch AS batch, r.track AS track, r.finding AS finding, r.who AS who, r.seq AS seq,
  p.review_seq IS r.seq AS in_force
FROM reject_review r JOIN batch b ON b.batch_no = r.batch_no
JOIN pack p ON p.batch_no = r.batch_no AND p.track = r.track;

CREATE VIEW v_recipe AS SELECT
  gtin, version, sha256, state, drafted_by, drafted_seq, approved_seq, retired_seq
FROM recipe;

CREATE VIEW v_configuration AS SELECT
  version, sha256, drafted_by, drafted_seq, released_seq
FROM configuration;

CREATE VIEW v_signature AS SELECT
  seq, chain, who, name, meaning, subject, reason, authenticated
FROM signature;

CREATE VIEW v_event AS SELECT
  seq, chain, at, json_extract(body, '$.kind') AS kind, body
FROM event;
