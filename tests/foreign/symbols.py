"""Symbols of other origin for our reader, and our labels for readers of other origin.

Arguments: the line-sim executable, an empty directory. Makes GS1 Data Matrix symbols of every
size with zint and reads them with `line-sim read`; draws labels of many sizes with
`line-sim render` and reads them with zxing-cpp and dmtxread. Prints one JSON line; exit 0, or 3
when one reader read anything but what the other side wrote, or nothing. Only libdmtx may fail to
read a few (its finder loses some sizes), never read wrong; those are listed.
"""

import json
import pathlib
import subprocess
import sys

import zxingcpp
from PIL import Image

GS = "\x1d"
GTIN = "04150037528643"
# Numbers of the sizes in zint (its --vers) with rows, columns and the codewords that they hold.
SQUARES = [(10, 3), (12, 5), (14, 8), (16, 12), (18, 18), (20, 22), (22, 30), (24, 36), (26, 44),
           (32, 62), (36, 86), (40, 114), (44, 144), (48, 174), (52, 204), (64, 280), (72, 368),
           (80, 456), (88, 576), (96, 696), (104, 816), (120, 1050), (132, 1304)]
RECTANGLES = [(25, 8, 18, 5), (26, 8, 32, 10), (27, 12, 26, 16), (28, 12, 36, 22), (29, 16, 36, 32),
              (30, 16, 48, 49)]
LABEL_SIZES = ["20x20", "22x22", "24x24", "26x26", "32x32", "36x36", "40x40", "44x44", "48x48",
               "52x52", "64x64", "16x36", "16x48"]


def element_strings(held):
    """Element strings that fit `held` codewords, with brackets for zint and as read."""
    if held < 5:
        return [("[22]12", "2212")]
    if held < 9:
        return [("[22]AB", "22AB")]
    if held < 16:
        return [(f"[01]{GTIN}", f"01{GTIN}")]
    short = (f"[01]{GTIN}[21]A1", f"01{GTIN}21A1")
    if held < 34:
        return [short]
    full = (f"[01]{GTIN}[21]7K2M9QXT[17]291130[10]LOT-1",
            f"01{GTIN}217K2M9QXT{GS}1729113010LOT-1")
    if held < 49:
        return [short, full]
    national = (full[0] + "[710]03752864", full[1] + f"{GS}71003752864")
    return [short, full, national]


def run(*command):
    """Standard output of a command, whatever its exit."""
    return subprocess.run(command, capture_output=True, check=False).stdout


def zint_symbols(directory):
    """Makes symbols of every size with zint: file and content."""
    sizes = [(index + 1, side, side, held) for index, (side, held) in enumerate(SQUARES)]
    made = []
    for version, rows, columns, held in sizes + RECTANGLES:
        for number, (bracketed, content) in enumerate(element_strings(held)):
            for scale in (1.5, 3):
                file = directory / f"zint-{rows}x{columns}-{number}-{scale}.png"
                command = ["zint", "-b", "71", "--gs1", f"--vers={version}", f"--scale={scale}",
                           "--quietzones", "-o", file, f"--data={bracketed}"]
                subprocess.run(command, check=True, capture_output=True)
                made.append((file, content))
    return made


def check_ours_reads_theirs(line_sim, directory, faults):
    """Our reader on zint's symbols."""
    made = zint_symbols(directory)
    lines = run(line_sim, "read", *[str(file) for file, _ in made]).decode().splitlines()
    for (file, content), line in zip(made, map(json.loads, lines), strict=True):
        if line["content"] != "]d2" + content:
            faults.append({"file": file.name, "reader": "line-sim", "expected": content,
                           "read": line["content"] or line["status"]})
        elif line["grade"]["overall"] < 3.5:
            faults.append({"file": file.name, "reader": "line-sim", "grade": line["grade"]})
    return len(made)


def check_theirs_read_ours(line_sim, directory, faults, unread):
    """zxing-cpp and libdmtx on our labels."""
    order = directory / "order.toml"
    order.write_text(f'gtin = "{GTIN}"\nlot = "L1"\nexpiry = "2029-11-30"\n', encoding="utf-8")
    labels = 0
    for size in LABEL_SIZES:
        out = directory / size
        run(line_sim, "render", "--order", order, "--serial", "A", "--symbol", size, "--out", out)
        file, content = out / "A.png", f"01{GTIN}21A{GS}1729113010L1"
        labels += 1
        with Image.open(file) as image:
            found = zxingcpp.read_barcodes(image.convert("L"),
                                           formats=zxingcpp.BarcodeFormat.DataMatrix)
        readings = {"zxing-cpp": [bytes(code.bytes).decode("latin-1") for code in found]}
        dmtx = run("dmtxread", "-G29", "-N1", "-m5000", str(file)).decode("latin-1")
        readings["libdmtx"] = [dmtx.removeprefix(GS)]
        for reader, contents in readings.items():
            if reader == "libdmtx" and contents == [""]:
                unread.append(size)
            elif contents != [content]:
                faults.append({"file": f"{size}/A.png", "reader": reader, "read": contents})
    return labels


def main():
    line_sim, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    faults, unread = [], []
    symbols = check_ours_reads_theirs(line_sim, directory, faults)
    labels = check_theirs_read_ours(line_sim, directory, faults, unread)
    ok = not faults and 4 * len(unread) <= labels
    print(json.dumps({"ok": ok, "symbols": symbols, "labels": labels, "faults": faults,
                      "unread by libdmtx": unread}))
    return 0 if ok else 3


if __name__ == "__main__":
    sys.exit(main())
