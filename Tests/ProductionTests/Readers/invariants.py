# SPDX-License-Identifier: Apache-2.0
"""Checks what holds across the formats of a volume (export-formats section 1.6)."""
import hashlib
import json
import os
import sys

import volume as v

folder = sys.argv[1]
rows = v.rows(folder)
manifest = json.loads(v.data(folder, 'MANIFEST/manifest.json'))
found = sorted(
    os.path.relpath(os.path.join(d, f), folder) for d, _, fs in os.walk(folder) for f in fs)
sums = dict(
    reversed(line.split('  ', 1))
    for line in v.data(folder, 'MANIFEST/SHA256SUMS').decode().splitlines())
assert sorted(sums) == [f for f in found if not f.startswith('MANIFEST/')]
assert all(hashlib.sha256(v.data(folder, f)).hexdigest() == s for f, s in sums.items())

# 1: documents = rows = texts
assert manifest['counts']['documents'] == len(rows)
assert len([f for f in found if f.startswith('TEXT/')]) == len(rows)
# 3: every path exists and every file is named once
paths = [
    row[column].replace('\\', '/') for row in rows
    for column in ('NATIVEPATH', 'TEXTPATH', 'RSMFPATH', 'HTMLPATH', 'EMLPATH')
    if row.get(column)
]
assert len(paths) == len(set(paths))
tops = ('NATIVES', 'TEXT', 'RSMF', 'EML', 'HTML', 'IMAGES')
assert sorted(paths) == [f for f in found if f.split('/')[0] in tops]
assert len({f.lower() for f in found}) == len(found)
for path in found:
    assert len(path.encode()) <= 200 and all(len(p) <= 120 for p in path.split('/'))
previous = ''
for row in rows:
    # 4: digests
    if row['NATIVEPATH']:
        content = v.data(folder, row['NATIVEPATH'])
        assert row['SHA256HASH'] == sums[row['NATIVEPATH'].replace('\\', '/')]
        assert row['MD5HASH'] == v.md5(content)
        assert row['SHA1HASH'] == hashlib.sha1(content).hexdigest()
        assert row['FILESIZE'] == str(len(content))
    else:
        assert row['EXCEPTION'] or 'Yes' in (row['WITHHELD'], row['REDACTED'])
    # 5: families
    family = [r for r in rows if r['FAMILYID'] == row['FAMILYID']]
    assert row['BEGATTACH'] == family[0]['BEGDOC'] and row['ENDATTACH'] == family[-1]['ENDDOC']
    # 6: numbers rise
    assert row['BEGDOC'] > previous
    previous = row['ENDDOC']
# 7: messages
parents = [r for r in rows if not r['PARENTID']]
assert sum(int(r['MESSAGECOUNT']) for r in parents) == manifest['counts']['messages']
assert sum(int(r['CONTEXTCOUNT']) for r in parents) == manifest['counts']['context_messages']
