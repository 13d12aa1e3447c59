#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tables.c: what the tokenizer needs to know of each Unicode scalar value.

Needs Python 3.11 (unicodedata of Unicode 14: decomposition and case folding) and the package `regex`
(categories, scripts, word breaks and combining classes of a newer Unicode). The tables are part of
the index format: run this again only together with a new version of the store.

    python3 generate.py > tables.c
"""

import sys
import unicodedata
from collections import Counter

import regex

BLOCK = 128
LIMIT = 0x110000

# The values of ScalarClass in Sources/Query/Tokens/ScalarClass.swift.
SEPARATOR, LETTER, NUMBER, MARK, SINGLE, HANGUL, JAMO, PICTOGRAPH, REGIONAL, REMOVED = range(10)
APOSTROPHE, MODIFIER, SEGMENT, SEQUENCE = range(10, 14)

# How the folded form is found: the scalar itself, another scalar, a sequence of scalars.
ITSELF, SCALAR, SCALARS = range(3)
CONTEXT = 1 << 6
COMPOSES = 1 << 7

# Combining Diacritical Marks: the block, Extended, Supplement, for Symbols, Half Marks.
DIACRITICS = [(0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F)]
# Signs that stand beside a word and are no part of it, although NFKC makes letters of two of them.
SIGNS = {0x00A9, 0x00AE, 0x2120, 0x2122}
# Fillers that show as a blank: as separators they cannot glue two words together.
VISIBLE_FILLERS = {0x3164, 0xFFA0}


def members(pattern):
    """The scalars that match a one-character pattern."""
    test = regex.compile(pattern)
    return {c for c in range(LIMIT) if not 0xD800 <= c <= 0xDFFF and test.match(chr(c))}


letters = members(r"\p{L}")
marks = members(r"\p{M}")
numbers = members(r"\p{N}")
removed = members(r"[\p{Cf}\p{Default_Ignorable_Code_Point}]") - VISIBLE_FILLERS
pictographs = members(r"\p{Extended_Pictographic}") - SIGNS
hangul = members(r"\p{Script=Hangul}") & letters
# UAX #29 gives no word class to letters of scripts that put no blanks between words.
unbroken = letters & members(r"[\p{Word_Break=Other}\p{Word_Break=Katakana}]")
unbroken |= (letters | numbers) & members(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]")
unbroken |= letters & members(r"[\p{scx=Hira}\p{scx=Kana}]")
NEWER = {value: regex.compile(r"\p{ccc=%d}" % value) for value in (230, 220, 9, 7)}
combining = {}
for c in marks:
    value = unicodedata.combining(chr(c))
    if value == 0:
        # Marks newer than unicodedata: nearly all stand above, below or are viramas or nuktas.
        value = next((v for v in (230, 220, 9, 7) if NEWER[v].match(chr(c))), 0)
    if value:
        combining[c] = value


def is_diacritic(c):
    return any(low <= c <= high for low, high in DIACRITICS)


def is_trailing_jamo(c):
    return 0x1160 <= c <= 0x11FF or 0xD7B0 <= c <= 0xD7FB


def fold(c):
    """Compatibility decomposition, diacritics removed, case folded, until nothing changes; composed."""
    if c in SIGNS or c in VISIBLE_FILLERS:
        return chr(c)
    text = chr(c)
    while True:
        folded = unicodedata.normalize("NFKD", text)
        folded = "".join(x for x in folded if not is_diacritic(ord(x)) and ord(x) not in removed)
        folded = folded.casefold()
        if folded == text:
            return unicodedata.normalize("NFC", text)
        text = folded


def scalar_class(c):
    """The class of a scalar that folds to itself."""
    if c == 0x10FFFF:
        return SEGMENT
    if c in (0x27, 0x2019):
        return APOSTROPHE
    if 0x1F1E6 <= c <= 0x1F1FF:
        return REGIONAL
    if 0x1F3FB <= c <= 0x1F3FF:
        return MODIFIER
    if c in VISIBLE_FILLERS:
        return SEPARATOR
    if c in hangul:
        return JAMO if is_trailing_jamo(c) else HANGUL
    if c in unbroken:
        return SINGLE
    if c in marks:
        return MARK
    if c in letters:
        return LETTER
    if c in numbers:
        return NUMBER
    return PICTOGRAPH if c in pictographs else SEPARATOR


folded = {}
for c in range(LIMIT):
    if 0xD800 <= c <= 0xDFFF:
        continue
    folded[c] = "" if c in removed or is_diacritic(c) else fold(c)

# Composition: of the pairs of Unicode those whose both sides are left after folding.
pairs = []
for c, text in folded.items():
    decomposition = unicodedata.decomposition(chr(c))
    if not decomposition or decomposition.startswith("<"):
        continue
    scalars = [int(x, 16) for x in decomposition.split()]
    if len(scalars) != 2 or unicodedata.normalize("NFC", chr(c)) != chr(c) or text != chr(c):
        continue
    if all(folded[x] == chr(x) for x in scalars):
        pairs.append((scalars[0], scalars[1], c))
pairs.sort()
seconds = {second for _, second, _ in pairs}

sequences = []
offsets = {}


def entry(c):
    text = folded.get(c)
    if text is None:
        return SEPARATOR
    if text == "":
        return REMOVED
    if text == chr(c):
        kind = scalar_class(c)
        context = CONTEXT if c in combining or c in seconds or kind == JAMO else 0
        context |= COMPOSES if c in seconds or kind == JAMO else 0
        return kind | ITSELF << 4 | context | combining.get(c, 0) << 8
    for x in text:
        assert folded[ord(x)] == x, (hex(c), text)
    if len(text) == 1:
        base = entry(ord(text))
        return base & 15 | SCALAR << 4 | base & (CONTEXT | COMPOSES) | ord(text) << 8
    if text not in offsets:
        offsets[text] = len(sequences)
        sequences.append(len(text))
        sequences.extend(ord(x) for x in text)
    return SEQUENCE | SCALARS << 4 | offsets[text] << 8


entries = [entry(c) for c in range(LIMIT)]
for first, second, composite in pairs:
    assert entries[first] & 15 not in (SEPARATOR, PICTOGRAPH), hex(first)
    assert entries[second] & CONTEXT, hex(second)

blocks = {}
stage1 = []
stage2 = []
for start in range(0, LIMIT, BLOCK):
    block = tuple(entries[start:start + BLOCK])
    if block not in blocks:
        blocks[block] = len(stage2) // BLOCK
        stage2.extend(block)
    stage1.append(blocks[block])

ascii_table = []
for c in range(256):
    if c >= 128:
        ascii_table.append(0xFE)
    elif entries[c] & 15 == APOSTROPHE:
        ascii_table.append(0xFF)
    elif entries[c] & 15 in (LETTER, NUMBER):
        ascii_table.append(ord(folded[c]))
    else:
        assert entries[c] & 15 == SEPARATOR
        ascii_table.append(0)


def array(kind, name, values, per_line):
    print(f"\nconst {kind} {name}[{len(values)}] = {{")
    for start in range(0, len(values), per_line):
        print("  " + ",".join(str(x) for x in values[start:start + per_line]) + ",")
    print("};")


print("// SPDX-License-Identifier: Apache-2.0")
print("// Made by generate.py; do not edit. Derived from the Unicode Character Database,")
print("// Copyright Unicode, Inc., under the Unicode License v3.")
print('#include "CUnicode.h"')
print(f'\nconst char *const custody_unicode_version = "{unicodedata.unidata_version}";')
array("uint8_t", "custody_unicode_ascii", ascii_table, 32)
array("uint16_t", "custody_unicode_stage1", stage1, 32)
array("uint32_t", "custody_unicode_stage2", stage2, 16)
array("uint32_t", "custody_unicode_sequences", sequences, 16)
print(f"\nconst uint32_t custody_unicode_pair_count = {len(pairs)};")
flat = [x for pair in pairs for x in pair]
array("uint32_t", "custody_unicode_pairs", flat, 12)

counts = Counter(e & 15 for e in entries)
print(sorted(counts.items()), "blocks", len(blocks), "sequences", len(sequences), "pairs", len(pairs),
      file=sys.stderr)
