"""Reads the pictures of `line-sim bench optics` with decoders of other origin.

Argument: the bench's output directory (PNG files and manifest.jsonl). Optional second argument:
the bench's own report (its output with --json), to stand beside. Reads each picture with zxing-cpp
and, where dmtxread (dmtx-utils) is installed, with libdmtx. Prints a table of rates by kind of
degradation; exit 0, or 3 when our reader read a picture wrong or fewer pictures than another did.

libdmtx gets 200 ms a picture (its -m), and its time includes the start of its process.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import zxingcpp
from PIL import Image

DMTX_MS = 200


def zxing(path):
    """The contents of all symbols in the picture and the milliseconds that finding them took."""
    with Image.open(path) as image:
        grey = image.convert("L")
    formats = zxingcpp.BarcodeFormat.DataMatrix
    begun = time.perf_counter()
    found = zxingcpp.read_barcodes(grey, formats=formats, try_invert=False)
    spent = (time.perf_counter() - begun) * 1e3
    return [bytes(code.bytes) for code in found], spent


def dmtx(path):
    """The same by libdmtx, which gives FNC1 first as GS (-G29)."""
    begun = time.perf_counter()
    command = ["dmtxread", "-G29", "-N1", f"-m{DMTX_MS}", str(path)]
    found = subprocess.run(command, capture_output=True, check=False).stdout
    spent = (time.perf_counter() - begun) * 1e3
    return [found.removeprefix(b"\x1d")] if found else [], spent


def measure(reader, directory, entries, workers):
    """What a reader makes of all pictures: by kind [pictures, read, wrong], and its times."""
    kinds, times = {}, []
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        results = pool.map(lambda entry: reader(directory / entry["file"]), entries)
        for entry, (contents, spent) in zip(entries, results):
            expected = bytes.fromhex(entry["content_hex"])
            tally = kinds.setdefault(entry["kind"], [0, 0, 0])
            tally[0] += 1
            tally[1] += expected in contents
            tally[2] += any(content != expected for content in contents)
            times.append(spent)
    times.sort()
    return kinds, times


def ours(report):
    """Our own report in the same shape."""
    kinds = {
        name: [tally["pictures"], tally["read"], tally["wrong"] + tally["more_than_one"]]
        for name, tally in report["kinds"].items()
    }
    return kinds, (report["ms_p50"], report["ms_p99"])


def total(kinds):
    """The sum over all kinds."""
    return [sum(column) for column in zip(*kinds.values())]


def main():
    directory = pathlib.Path(sys.argv[1])
    with open(directory / "manifest.jsonl", encoding="utf-8") as manifest:
        entries = [json.loads(line) for line in manifest]
    readers = []
    if len(sys.argv) > 2:
        report = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
        readers.append(("packline", *ours(report)))
    found = [("zxing-cpp", zxing, 1)]
    if shutil.which("dmtxread"):
        found.append(("libdmtx", dmtx, os.cpu_count() or 1))
    for name, reader, workers in found:
        kinds, times = measure(reader, directory, entries, workers)
        late = times[min(len(times) - 1, len(times) * 99 // 100)]
        readers.append((name, kinds, (times[len(times) // 2], late)))

    print("| degraded by     | pictures |" + "".join(f" {name:>9} |" for name, _, _ in readers))
    print("|-----------------|---------:|" + "----------:|" * len(readers))
    for kind in readers[-1][1]:
        cells = [kinds[kind] for _, kinds, _ in readers]
        rates = "".join(f" {100 * read / count:>7.1f} % |" for count, read, _ in cells)
        print(f"| {kind:<15} | {cells[0][0]:>8} |{rates}")
    sums = [total(kinds) for _, kinds, _ in readers]
    rates = "".join(f" {100 * read / count:>7.1f} % |" for count, read, _ in sums)
    print(f"| {'all':<15} | {sums[0][0]:>8} |{rates}")
    wrongs = "".join(f" {wrong:>9} |" for _, _, wrong in sums)
    print(f"| {'read wrong':<15} | {'':>8} |{wrongs}")
    for index, name in enumerate(["ms, p50", "ms, p99"]):
        times = "".join(f" {times[index]:>9.2f} |" for _, _, times in readers)
        print(f"| {name:<15} | {'':>8} |{times}")
    if readers[0][0] != "packline":
        return 0
    (_, read, wrong), others = sums[0], sums[1:]
    return 0 if wrong == 0 and all(read >= other[1] for other in others) else 3


if __name__ == "__main__":
    sys.exit(main())
