# SPDX-License-Identifier: Apache-2.0
"""Checks every mail message of a volume: eml.py VOLUME."""
import email
import re
import sys
from email import policy

import volume as v

folder = sys.argv[1]
rows = v.rows(folder)
files = 0
slices = {}
for row in rows:
    if row['PARENTID']:
        assert row['EMLPATH'] == '' and row['EDRMMIH'] == ''
        continue
    files += 1
    content = v.data(folder, row['EMLPATH'])
    v.check_lines(content)
    head, _, _ = content.partition(b'\r\n\r\n')
    assert head.isascii()
    # A single word is never folded away from its field's name.
    assert all(len(x) <= 78 or len(x.split()) == 2 for x in head.split(b'\r\n')), head
    message = email.message_from_bytes(content, policy=policy.default)
    assert not any(p.defects for p in message.walk()), [p.defects for p in message.walk()]
    parts = list(message.iter_parts())
    alternative = parts[0]
    assert alternative.get_content_type() == 'multipart/alternative'
    plain, html = alternative.iter_parts()
    assert plain.get_content_type() == 'text/plain' and plain.get_content_charset() == 'utf-8'
    assert html.get_content_type() == 'text/html' and html.get_content_charset() == 'utf-8'
    assert plain.get_payload(decode=True) == v.data(folder, row['TEXTPATH'])
    assert html.get_payload(decode=True) == v.data(folder, row['HTMLPATH'])
    children = [x for x in rows if x['PARENTID'] == row['BEGDOC']]
    assert len(children) == len(parts) - 1
    for child, part in zip(children, parts[1:]):
        assert part.get_content_disposition() == 'attachment'
        assert part['X-Control-Number'] == child['BEGDOC']
        name = part.get_filename()
        stem = child['FILENAME'].replace('\0', ' ').replace('\n', ' ').strip() or 'unnamed'
        if '\u202e' not in stem and len(stem) < 200:
            assert name.startswith(stem), (name, stem)
        assert not re.search(r'[\0-\x1f\x7f\u202a-\u202e]', name)
        if 'MISSING_AT_SOURCE' in child['EXCEPTION'].split(';'):
            assert part.get_payload(decode=True) == v.data(folder, child['TEXTPATH'])
            assert name.endswith('.MISSING_AT_SOURCE.txt')
        elif child['NATIVEPATH']:
            assert part.get_payload(decode=True) == v.data(folder, child['NATIVEPATH'])
            assert name.endswith(child['NATIVEPATH'][child['NATIVEPATH'].rindex('.'):])
        elif child['WITHHELD'] == 'Yes':
            content = part.get_payload(decode=True)
            assert content.decode().startswith('[WITHHELD') or child['FILESIZE'] == '0'
        else:
            assert child['REDACTED'] == 'Yes'
            assert part.get_payload(decode=True) == v.data(folder, child['TEXTPATH'])
            assert part.get_payload(decode=True).decode().count('[REDACTED') == 1
        assert part.get_content_type() in ('text/plain', 'application/octet-stream')
    assert message['X-Control-Number'] == row['BEGDOC']
    assert re.fullmatch('[0-9a-f]{64}', message['X-Source-SHA256'])
    subject = str(message['Subject'])
    assert re.search(r' - (\d{4}-\d\d-\d\d|undated) \(\d+ of \d+\)$', subject), subject
    assert len(message['From'].addresses) == 1
    # The person stands first even where others alone speak, and tools speak as the system.
    assert 1 <= len(message['To'].addresses) <= len(row['PARTICIPANTS'].split(';')) + 1
    assert all('@' in address.addr_spec for address in message['To'].addresses)
    if row['DATESENT']:
        assert message['Date'].datetime.strftime('%m/%d/%Y %H:%M:%S') == row['DATETIMESENT']
    assert v.md5(str(message['Message-ID']).encode()) == row['EDRMMIH']
    earlier = slices.setdefault(row['CONVERSATIONID'], [])
    named = earlier if len(earlier) <= 10 else earlier[:1] + earlier[-9:]
    assert (message['References'] or '').split() == named, (row['BEGDOC'], earlier)
    assert message['In-Reply-To'] == (earlier[-1] if earlier else None)
    earlier.append(str(message['Message-ID']))
print(files)
