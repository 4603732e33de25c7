"""Reads every accepted picture of a batch with a decoder of other origin (zxing-cpp).

Standard input: the lines of `packline order packs BATCH --data-dir DIR --json`.
Argument: DIR. Prints one JSON line; exit 0, or 3 when a picture shows another serial than the
ledger says, when pictures are missing, or when less than half of them could be read at all (a
reader that cannot read proves nothing). Pictures that it cannot read are listed.
"""

import json
import pathlib
import sys

import zxingcpp
from PIL import Image

GS = "\x1d"
FIXED = {"01": 14, "17": 6}
VARIABLE = ("21", "10")


def serial_of(content):
    """The serial (AI 21) of a GS1 element string, or None when the string is not one of ours."""
    rest, serial = content, None
    while rest:
        ai, rest = rest[:2], rest[2:]
        if ai in FIXED:
            rest = rest[FIXED[ai]:]
        elif ai in VARIABLE:
            value, _, rest = rest.partition(GS)
            serial = value if ai == "21" else serial
        else:
            return None
    return serial


def read(path):
    """The contents of every Data Matrix in the picture."""
    with Image.open(path) as image:
        grey = image.convert("L")
    formats = zxingcpp.BarcodeFormat.DataMatrix
    found = zxingcpp.read_barcodes(grey, formats=formats, try_invert=False)
    return [bytes(code.bytes).decode("latin-1") for code in found]


def main():
    directory = pathlib.Path(sys.argv[1])
    images, decoded, unread, missing, foreign = 0, 0, [], [], []
    for line in filter(None, map(str.strip, sys.stdin)):
        pack = json.loads(line)
        if pack["verdict"] != "accept":
            continue
        if not pack["image"] or not (directory / pack["image"]).is_file():
            missing.append(pack["track"])
            continue
        images += 1
        contents = read(directory / pack["image"])
        if not contents:
            unread.append(pack["track"])
            continue
        decoded += 1
        foreign += [
            {"track": pack["track"], "ledger": pack["serial"], "read": content}
            for content in contents
            if serial_of(content) != pack["serial"]
        ]
    ok = images > 0 and not foreign and not missing and 2 * decoded >= images
    print(json.dumps({
        "ok": ok, "images": images, "decoded": decoded, "undecoded": unread,
        "missing": missing, "foreign": foreign,
    }))
    return 0 if ok else 3


if __name__ == "__main__":
    sys.exit(main())
