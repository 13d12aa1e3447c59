# SPDX-License-Identifier: Apache-2.0
"""Looks for a word in every byte of a volume, also inside of mails and archives: canary.py VOLUME WORD.

Prints how many files and parts were looked through.
"""
import email
import io
import os
import sys
import zipfile
from email import policy

folder, word = sys.argv[1:]
forms = [word.encode(x) for x in ('utf-8', 'utf-16-le', 'utf-16-be')]
count = 0


def look(name, data):
    global count
    count += 1
    assert not any(form in data for form in forms), name
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                assert word not in member, member
                look(name + '!/' + member, archive.read(member))
    elif name.endswith(('.eml', '.rsmf')):
        message = email.message_from_bytes(data, policy=policy.default)
        for number, part in enumerate(message.walk()):
            assert not any(word in x for x in part.values()), name
            if not part.is_multipart():
                look('%s part %d' % (name, number), part.get_payload(decode=True))


for place, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(place, name)
        assert word not in path
        with open(path, 'rb') as file:
            look(path, file.read())
print(count)
