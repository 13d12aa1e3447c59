#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the corpus of the fuzzer from one text file into a folder of inputs, and back.

A line is the first byte of an input in hexadecimal, a blank, and the rest as a JSON string.

usage: corpus.py unpack FILE FOLDER | corpus.py pack FOLDER FILE
"""
import hashlib
import json
import pathlib
import sys


def unpack(file, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for line in file.read_text("utf-8").split("\n"):
        if line and not line.startswith("#"):
            flags, text = line.split(" ", 1)
            text = json.loads(text).encode()
            inputs = [bytes.fromhex(flags) + text]
            # What is short is tried as a part that is repeated, too.
            if len(text) <= 24:
                inputs.append(bytes([inputs[0][0] | 0xE0]) + text)
            for data in inputs:
                (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def pack(folder, file):
    entries = set()
    for path in folder.iterdir():
        data = path.read_bytes() or b"\0"
        # Bytes that are no UTF-8 are repaired when the query is read, and here in the same way.
        text = data[1:].decode("utf-8", "replace")
        entries.add("%02x %s" % (data[0], json.dumps(text)))
    head = "# SPDX-License-Identifier: Apache-2.0\n# Written by Tests/Fuzz/run --keep.\n"
    file.write_text(head + "".join(line + "\n" for line in sorted(entries)), "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("unpack", "pack"):
        sys.exit(__doc__)
    (unpack if sys.argv[1] == "unpack" else pack)(*map(pathlib.Path, sys.argv[2:]))
