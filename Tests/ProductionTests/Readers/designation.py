# SPDX-License-Identifier: Apache-2.0
"""Checks that each rendering of a volume or report bears a designation: designation.py VOLUME TEXT."""
import email
import html.parser
import io
import json
import os
import sys
import zipfile
from email import policy

import volume as v

folder, text = sys.argv[1:]
line = text.encode() + b'\n\n'


class Facts(html.parser.HTMLParser):
    """The names and values of a page's facts."""

    def __init__(self, page):
        super().__init__()
        self.cells, self.name = [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag in ('th', 'td'):
            self.cells.append('')
            self.name = tag

    def handle_endtag(self, tag):
        self.name = None

    def handle_data(self, data):
        if self.name:
            self.cells[-1] += data


def page(content):
    cells = Facts(content.decode()).cells
    assert dict(zip(cells[::2], cells[1::2])).get('Confidentiality') == text, cells


def sheet(content):
    """What stands for a file: every one that we wrote has the designation."""
    if b'\n\nFile name: ' in content or b'[REDACTED' in content or b'[WITHHELD' in content:
        assert content.startswith(line), content


counts = {}
for where, _, names in os.walk(folder):
    for name in names:
        path = os.path.relpath(os.path.join(where, name), folder)
        top = path.split('/')[0]
        content = v.data(folder, path)
        counts[top] = counts.get(top, 0) + 1
        if top in ('TEXT', 'text'):
            assert content.startswith(line), path
            assert not content[len(line):].startswith(line), path
        elif top in ('HTML', 'transcripts'):
            page(content)
        elif top == 'EML':
            message = email.message_from_bytes(content, policy=policy.default)
            assert message['X-Confidentiality'] == text, path
            plain, rich = list(message.iter_parts())[0].iter_parts()
            assert plain.get_payload(decode=True).startswith(line), path
            page(rich.get_payload(decode=True))
            for part in list(message.iter_parts())[1:]:
                sheet(part.get_payload(decode=True))
        elif top == 'RSMF':
            head = content.split(b'\r\n\r\n')[0].decode().replace('\r\n ', ' ')
            assert f'\r\nX-RSMF-Confidentiality: {text}' in head, path
            message = email.message_from_bytes(content, policy=policy.default)
            body, attached = message.iter_parts()
            assert body.get_payload(decode=True).startswith(line), path
            archive = zipfile.ZipFile(io.BytesIO(attached.get_payload(decode=True)))
            manifest = json.loads(archive.read('rsmf_manifest.json'))
            (conversation,) = manifest['conversations']
            assert {'name': 'Confidentiality', 'value': text} in conversation['custom'], path
            for member in archive.namelist():
                if member != 'rsmf_manifest.json':
                    sheet(archive.read(member))
if os.path.isdir(folder + '/DATA'):
    rows = v.rows(folder)
    assert rows and all(row['CONFIDENTIALITY'] == sys.argv[2].replace('þ', 'th') for row in rows)
print(' '.join(f'{name}={counts[name]}' for name in sorted(counts)))
