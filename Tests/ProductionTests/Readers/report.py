# SPDX-License-Identifier: Apache-2.0
"""Checks the tables of a report against its files: report.py REPORT MESSAGES."""
import csv
import hashlib
import os
import sys

folder = sys.argv[1]


def table(name):
    with open(f'{folder}/{name}', encoding='utf-8', newline='') as file:
        rows = list(csv.reader(file, strict=True))
    assert {len(r) for r in rows} == {len(rows[0])} and len(set(rows[0])) == len(rows[0])
    for row in rows[1:]:
        for value in row:
            assert value[:1] not in ('=', '+', '-', '@', '\t'), value
    return [dict(zip(rows[0], r)) for r in rows[1:]]


def content(path):
    with open(os.path.join(folder, path.replace('\\', '/')), 'rb') as file:
        return file.read()


items, messages = table('Items.csv'), table('Messages.csv')
summary = {r['Key']: r['Value'] for r in table('Summary.csv')}
errors, locations = table('Errors.csv'), table('Locations.csv')
statistics, settings = table('Statistics.csv'), table('Settings.csv')
assert len(items[0]) == 42
scope = [m for m in messages if m['In_scope'] == 'yes']
assert summary['messages_exported'] == str(len(scope)) == sys.argv[2]
assert summary['documents'] == str(len(items))
assert summary['errors'] == str(len(errors))
assert len({m['Conversation_ID'] + m['Slice'] for m in messages}) == int(summary['families'])
numbers = [i['File_ID'] for i in items]
assert numbers == sorted(set(numbers))
named = []
treated = set()
if os.path.exists(f'{folder}/LOGS/privilege-log.csv'):
    treated = {r['CONTROL_NO'] for r in table('LOGS/privilege-log.csv')}
    assert treated <= set(numbers)
for item in items:
    assert item['Family_ID'] in numbers
    assert (item['File_class'] == 'Attachment') == bool(item['ModernAttachment_ParentId'])
    assert item['Item_class'] in ('AI.Claude.Chat', 'AI.Claude.Code', 'AI.Claude.Attachment')
    paths = [item[c] for c in ('Export_native_path', 'Extracted_text_path', 'Converted_file_path')]
    named += [p.replace('\\', '/') for p in paths if p]
    if paths[0]:
        native = content(paths[0])
        assert hashlib.md5(native).hexdigest() == item['Native_MD5']
        assert hashlib.sha256(native).hexdigest() == item['Native_SHA_256']
        assert str(len(native)) == item['Native_size']
    else:
        assert item['Error_Ignored'] or item['File_ID'] in treated
    assert str(len(content(paths[1]))) == item['Extracted_text_length']
    if item['ModernAttachment_ParentId']:
        assert item['ModernAttachment_ParentId'] == item['Family_ID'] and not paths[2]
    else:
        assert paths[2].startswith('transcripts\\')
found = [
    os.path.relpath(os.path.join(d, f), folder) for d, _, fs in os.walk(folder) for f in fs]
assert sorted(named) == sorted(
    f for f in found if f.split('/')[0] in ('transcripts', 'natives', 'text'))
for message in messages:
    assert message['Control_number'] in numbers and len(message['Body_SHA256']) == 64
    for attachment in filter(None, message['Attachment_IDs'].split(';')):
        assert attachment in numbers
    if 'Body' in message and message['Body'][:1] != "'":
        body = message['Body'].encode()
        assert hashlib.sha256(body).hexdigest() == message['Body_SHA256']
        assert str(len(body)) == message['Body_length']
for category in ('custodian', 'day'):
    rows = [r for r in statistics if r['Category'] == category]
    assert sum(int(r['Messages']) for r in rows) == len(scope), category
    assert sum(int(r['Documents']) for r in rows) == len(items), category
assert sum(int(r['Exported']) for r in locations) == len(messages)
assert sum(int(r['Errors']) for r in locations) == len(errors)
assert {'layout', 'slicing', 'time_zone', 'package'} <= {r['Key'] for r in settings}
