# SPDX-License-Identifier: Apache-2.0
"""Reads a volume with nothing but Python's own modules; used by the other readers here."""
import csv
import hashlib
import os


def rows(volume):
    name = os.path.basename(volume)
    with open(f'{volume}/DATA/{name}.dat', encoding='utf-8-sig', newline='') as file:
        table = list(csv.reader(file, delimiter='\x14', quotechar='\xfe', strict=True))
    return [dict(zip(table[0], row)) for row in table[1:]]


def data(volume, path):
    with open(os.path.join(volume, path.replace('\\', '/')), 'rb') as file:
        return file.read()


def md5(content):
    return hashlib.md5(content).hexdigest()


def check_lines(content):
    """CRLF alone, and no line that mail programs refuse."""
    assert content.count(b'\r\n') == content.count(b'\n') == content.count(b'\r')
    assert all(len(line) <= 998 for line in content.split(b'\r\n'))
