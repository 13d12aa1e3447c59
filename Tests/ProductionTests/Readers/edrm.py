# SPDX-License-Identifier: Apache-2.0
"""Compares the EDRM XML of a volume with its CSV and files: edrm.py VOLUME 1|2."""
import csv
import os
import sys
import xml.etree.ElementTree as tree

import volume as v

folder, minor = sys.argv[1], sys.argv[2]
name = os.path.basename(folder)
root = tree.parse(f'{folder}/DATA/{name}-edrm.xml').getroot()
assert (root.tag, root.get('MajorVersion'), root.get('MinorVersion')) == ('Root', '1', minor)
with open(f'{folder}/DATA/{name}.csv', encoding='utf-8', newline='') as file:
    rows = list(csv.DictReader(file, strict=True))


def fit(text):
    """What both formats hold: of what XML cannot, it has U+FFFD; the CSV has no NUL."""
    return ''.join(
        c for c in text if c in '\t\n\r' or ' ' <= c and c not in '\ufffd\ufffe\uffff')


documents = root.findall('Batch/Documents/Document')
assert [d.get('DocID') for d in documents] == [r['BEGDOC'] for r in rows]
keys = [f.get('Key') for f in root.findall('Fields/Field')]
assert keys == (list(rows[0]) if minor == '2' else [])
for document, row in zip(documents, rows):
    kind = {'CHAT': 'Message', 'SESSION': 'Message', 'ATTACHMENT': 'File', 'ARTIFACT': 'File'}
    assert document.get('DocType') == kind.get(row['RECORDTYPE'], 'Other')
    values = {e.tag: fit(e.text or '') for e in document.findall('FieldValues/*')}
    if minor == '2':
        assert values == {k: fit(x) for k, x in row.items() if x}, (values, row)
    tags = {t.get('TagName'): fit(t.get('TagValue')) for t in document.findall('Tags/Tag')}
    if row['PARENTID']:
        assert tags.get('#FileName', '') == fit(row['FILENAME'])
    else:
        assert tags.get('#Subject', '') == fit(row['SUBJECT'])
        assert tags.get('#From', '') == fit(row['FROM'])
    if row['DATESENT']:
        m, d, y = row['DATESENT'].split('/')
        assert tags['#DateSent'] == f'{y}-{m}-{d}T{row["TIMESENT"]}Z'
    else:
        assert '#DateSent' not in tags
    files = {f.get('FileType'): f.find('ExternalFile') for f in document.findall('Files/File')}
    assert ('Native' in files) == bool(row['NATIVEPATH'])
    for kind, column in (('Native', 'NATIVEPATH'), ('Text', 'TEXTPATH')):
        if kind not in files:
            continue
        path = files[kind].get('FilePath') + '/' + files[kind].get('FileName')
        assert path == row[column].replace('\\', '/')
        content = v.data(folder, path)
        assert files[kind].get('Hash') == v.md5(content)
        assert files[kind].get('FileSize') == str(len(content))
    if 'Native' in files:
        assert files['Native'].get('Hash') == row['MD5HASH']
    assert document.find('Locations/Location/Custodian').text == fit(row['CUSTODIAN'])
links = {
    r.get('ChildDocId'): r.get('ParentDocId')
    for r in root.findall('Batch/Relationships/Relationship')
}
assert links == {r['BEGDOC']: r['PARENTID'] for r in rows if r['PARENTID']}
print(len(documents))
