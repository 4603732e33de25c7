"""The second verifier's table of signed acts: an honest course of a batch holds, and every course
with a signature, a step or a person changed is found.

    acts.py

Reads docs/verify.py only; the courses are made here from docs/record-format.md. Standard library
only. Exit 1 with the first disagreement.
"""
import copy
import pathlib
import sys

DOCS = pathlib.Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))
import verify  # noqa: E402

ALL = dict.fromkeys(["clearance", "device_check", "first_pack", "review", "signatures"], True)


def sign(act, who, meaning):
    return {"kind": "signature", "who": who, "name": who, "meaning": meaning, "reason": "a test",
            "subject": f"{act} B-1 sha256:00", "authenticated": True}


def signed(chain, body, act, *persons):
    """The signatures of an act, then the act."""
    return [(chain, sign(act, *person)) for person in persons] + [(chain, body)]


def course():
    olga, sara = ("olga", "performed"), ("sara", "reviewed")
    quentin = ("quentin", "approved")
    device = {"device": "labeler", "matches": True, "link": True}
    spec = {"challenge": "required", "workflow": ALL}
    checked = {"kind": "devices_checked", "devices": [device], "passed": True}
    trial = {"kind": "trial_result", "mode": "challenge", "passed": True}
    recipe = {"gtin": "1", "version": 1, "sha256": "00"}
    taken = {"kind": "serial_taken", "serial": 0, "taken": "first_pack"}
    return [
        *signed("site", {"kind": "recipe_drafted", **recipe}, "recipe_draft",
                ("erik", "performed")),
        *signed("site", {"kind": "recipe_approved", **recipe}, "recipe_approve",
                ("sara", "approved"), quentin),
        *signed("site", {"kind": "configuration_released", "version": 1}, "config_release",
                ("erik", "performed"), quentin),
        ("B-1", {"kind": "batch_opened", "spec": spec}),
        ("B-1", {"kind": "pool_allocated"}),
        *signed("B-1", {"kind": "line_cleared"}, "line_clearance", olga, sara),
        ("B-1", checked),
        ("B-1", trial),
        *signed("B-1", {"kind": "start_signed"}, "order_start", olga),
        ("B-1", {"kind": "order_state", "from": "loaded", "to": "running"}),
        *signed("B-1", taken, "first_pack_approval", olga, quentin),
        *signed("B-1", {"kind": "declared"}, "declare_count", olga),
        *signed("B-1", {"kind": "reject_reviewed", "tracks": [1]}, "reject_review", sara),
        *signed("B-1", {"kind": "batch_closed", "signed": {}}, "batch_close", olga, quentin),
    ]


def numbered(events):
    """What each act says of its signatures, as the writer would."""
    events, told = copy.deepcopy(events), []
    for seq, (chain, body) in enumerate(events, 1):
        by = body.get("signed") if body["kind"] == "batch_closed" else body
        before = []
        for _, said in reversed(events[:seq - 1]):
            if said["kind"] != "signature":
                break
            before.insert(0, said)
        if body["kind"] != "signature" and before:
            by["who"], by["signature_seq"] = before[0]["who"], seq - len(before)
            if len(before) == 2:
                by["second_signature_seq"] = seq - 1
                if body["kind"] != "serial_taken":
                    by["second"] = before[1]["who"]
        told.append((seq, chain, body))
    return told


def found(events, production=True):
    acts = verify.Acts()
    try:
        for event in events:
            acts.take(*event, production)
    except (verify.Broken, KeyError, TypeError) as wrong:
        return str(wrong)
    return None


def expect(fits, what):
    if not fits:
        sys.exit(f"acts.py: {what}")


def main():
    honest = course()
    expect(found(numbered(honest)) is None, f"the honest course: {found(numbered(honest))}")
    tried = 0

    def refused(what, events, number=True):
        nonlocal tried
        tried += 1
        expect(found(numbered(events) if number else events), f"not found: {what}")

    for at, (chain, body) in enumerate(honest):
        without = honest[:at] + honest[at + 1:]
        kind = body["kind"]
        if kind == "signature":
            refused(f"signature {at} left out", without)
            for field, other in (("who", "eve"), ("meaning", "seen"), ("subject", "sample S")):
                if field == "who" and honest[at + 1][1]["kind"] == "serial_taken":
                    continue  # the act names the second person by the signature alone
                events = numbered(honest)
                events[at][2][field] = other
                refused(f"{field} of signature {at}", events, number=False)
            events = numbered(honest)
            events[at][2]["authenticated"] = False
            refused(f"signature {at} that nobody has proven", events, number=False)
            events = copy.deepcopy(honest)
            events.insert(at + 1, (chain, {"kind": "image_kept"}))
            refused(f"something between signature {at} and its act", events)
        elif kind in ("line_cleared", "devices_checked", "start_signed", "trial_result"):
            refused(f"{kind} left out", without)
    same = copy.deepcopy(honest)
    same[2][1]["who"] = same[3][1]["who"] = "sara"
    refused("one person for two", same)
    same[2][1]["who"] = "Erik"
    refused("approved by who drafted it", same)
    for at, field, value in ((13, "passed", False), (14, "passed", False)):
        events = copy.deepcopy(honest)
        events[at][1][field] = value
        refused(f"{events[at][1]['kind']} that did not pass", events)
    events = copy.deepcopy(honest)
    events[13][1]["devices"][0]["matches"] = False
    refused("a device that does not match", events)
    events = copy.deepcopy(honest)[:-3] + [("B-1", {"kind": "batch_closed"})]
    refused("a close that nobody signed", events)
    print(f"signed acts: the honest course holds, {tried} others are found")


if __name__ == "__main__":
    main()
