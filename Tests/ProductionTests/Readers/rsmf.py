# SPDX-License-Identifier: Apache-2.0
"""Checks every short message file of a volume: rsmf.py VOLUME 2.0.0|1.0.0 MESSAGES."""
import email
import io
import json
import re
import sys
import zipfile
from email import policy

import jsonschema

import volume as v

folder, version, expected = sys.argv[1], sys.argv[2], int(sys.argv[3])
two = version == '2.0.0'
text = {'type': 'string', 'minLength': 1}
any_text = {'type': 'string'}
time = {
    'type': 'string',
    'pattern': r'^\d{4}-(0\d|1[0-2])-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,7})?Z$',
}


def record(required, later, **properties):
    """An object without other properties; `later` is what version 1.0 does not know."""
    if not two:
        properties = {k: p for k, p in properties.items() if k not in later}
    return {
        'type': 'object', 'additionalProperties': False, 'properties': properties,
        'required': required,
    }


def some(items):
    return {'type': 'array', 'items': items, 'minItems': 1}


custom = some(record(['name', 'value'], [], name=text, value=dict(text, maxLength=4096)))
schema = record(
    ['version', 'participants', 'conversations', 'events'], ['eventcollectionid'],
    version={'const': version}, eventcollectionid=text,
    participants=some(record(
        ['id', 'display'], ['account_id'], id=text, display=text, account_id=text,
        email={'type': 'string', 'pattern': r'^[^@\s]+@[^@\s]+\.[^@\s]+$'}, custom=custom)),
    conversations=some(record(
        ['id', 'platform', 'display', 'type', 'participants'], ['custodian', 'icon'], id=text,
        platform=text, display=text, type={'enum': ['direct', 'channel']},
        participants=some(text), custodian=text, custom=custom)),
    events=some(record(
        ['type', 'participant', 'conversation', 'timestamp', 'id'],
        ['direction', 'read_receipts'], id=text, participant=text, conversation=text,
        timestamp=time, parent=text, body=any_text, deleted={'type': 'boolean'},
        importance={'enum': ['normal', 'high']},
        type={'enum': ['message', 'disclaimer', 'join', 'leave']
              + (['history', 'unknown'] if two else [])},
        direction={'enum': ['incoming', 'outgoing']},
        attachments=some(record(
            ['id', 'display', 'size'], [], id=dict(text, pattern='^[A-Za-z0-9._-]+$'),
            display=text, size={'type': 'integer', 'minimum': 1})),
        edits=some(record(
            ['participant', 'timestamp'], ['previous', 'new'], participant=text, timestamp=time,
            previous=any_text, new=any_text)),
        custom=custom)))

in_scope = 0
files = 0
collections = {}
identities = set()
for row in v.rows(folder):
    if row['PARENTID']:
        assert row['RSMFPATH'] == '' and row['EDRMMIH'] == ''
        continue
    files += 1
    content = v.data(folder, row['RSMFPATH'])
    v.check_lines(content)
    message = email.message_from_bytes(content, policy=policy.default)
    assert [p.defects for p in message.walk()] == [[], [], []], row['BEGDOC']
    assert [p.get_content_type() for p in message.walk()] == [
        'multipart/mixed', 'text/plain', 'application/zip']
    body, attachment = message.iter_parts()
    assert attachment.get_filename() == 'rsmf.zip'
    assert attachment['Content-Transfer-Encoding'] == 'base64'
    assert body.get_payload(decode=True) == v.data(folder, row['TEXTPATH'])
    assert 20 <= len(message.get_boundary()) <= 60

    archive = zipfile.ZipFile(io.BytesIO(attachment.get_payload(decode=True)))
    assert archive.testzip() is None
    names = archive.namelist()
    assert len({n.lower() for n in names}) == len(names) and 'rsmf_manifest.json' in names
    for member in archive.infolist():
        assert member.compress_type in (0, 8) and not member.flag_bits & 1
        assert member.file_size > 0 and '/' not in member.filename
    raw = archive.read('rsmf_manifest.json')
    assert raw[:1] == b'{' and not re.search(rb'[\x00-\x1f]', raw)
    manifest = json.loads(raw.decode('utf-8'))
    raw.decode('utf-8').encode('utf-16')  # no lone surrogate
    jsonschema.Draft202012Validator(schema).validate(manifest)
    assert json.dumps(manifest, sort_keys=True, separators=(',', ':'), ensure_ascii=False) == \
        raw.decode('utf-8')

    people = [p['id'] for p in manifest['participants']]
    assert len(set(people)) == len(people)
    (conversation,) = manifest['conversations']
    assert set(conversation['participants']) == set(people)
    events = manifest['events']
    ids = [e['id'] for e in events]
    assert len(set(ids)) == len(ids) and len(events) <= 10000
    by_id = {e['id']: e for e in events}
    named = []
    for event in events:
        assert event['participant'] in people
        assert event['conversation'] == conversation['id']
        if 'parent' in event:
            assert event['parent'] != event['id']
            assert by_id[event['parent']]['timestamp'] <= event['timestamp']
        for edit in event.get('edits', []):
            assert edit['timestamp'] >= event['timestamp'] and edit['participant'] in people
            assert not two or edit['new'] == event['body']
        for file in event.get('attachments', []):
            named.append(file['id'])
            assert len(archive.read(file['id'])) == file['size']
        facts = [(c['name'], c['value']) for c in event['custom']]
        assert len({n for n, _ in facts}) == len(facts)
        facts = dict(facts)
        assert re.fullmatch('[0-9a-f]{64}', facts['Content SHA-256'])
        in_scope += facts['In scope'] == 'yes'
        assert facts['In scope'] in ('yes', 'context')
    assert sorted(named + ['rsmf_manifest.json']) == sorted(names)
    assert [e['timestamp'] for e in events] == sorted(e['timestamp'] for e in events)

    # Header lines as they stand: what a validator compares.
    assert message['X-RSMF-Version'] == version == manifest['version']
    assert message['X-RSMF-BeginDate'] == events[0]['timestamp']
    assert message['X-RSMF-EndDate'] == events[-1]['timestamp']
    assert message['X-RSMF-EventCount'] == str(len(events))
    assert message['X-RSMF-Generator'] == 'custody/0.1.0'
    assert message['X-RSMF-SourceSHA256'] and message['X-RSMF-Part']
    head = content.split(b'\r\n\r\n')[0].decode('utf-8').replace('\r\n ', ' ')
    head = dict(line.split(': ', 1) for line in head.split('\r\n'))
    if two:
        listed = [p['display'] for p in manifest['participants']]
        if not any(',' in name for name in listed):
            assert head['X-RSMF-Participants'].split(', ') == listed
        else:
            assert 'X-RSMF-Participants' not in head
        assert int(head['X-RSMF-AttachmentCount']) == len(named)
        assert collections.setdefault(
            row['CONVERSATIONID'], head['X-RSMF-EventCollectionID']) == head[
                'X-RSMF-EventCollectionID']
        assert manifest['eventcollectionid'] == conversation['id']
        assert head['X-RSMF-Custodian'] == manifest['participants'][0]['display']
    assert len(message['From'].addresses) == 1
    assert len(message['To'].addresses) == len(people)
    assert message['Date'].datetime.utcoffset().total_seconds() == 0
    assert events[0]['timestamp'].startswith(message['Date'].datetime.strftime('%Y-%m-%dT%H:%M:%S'))
    identity = head['Message-ID']
    assert re.fullmatch(r'<[0-9a-f]{40}@custody\.invalid>', identity)
    assert identity not in identities
    identities.add(identity)
    assert row['EDRMMIH'] == v.md5(identity.encode())
assert in_scope == expected, (in_scope, expected)
print(files)
