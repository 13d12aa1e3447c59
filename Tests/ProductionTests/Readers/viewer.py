# SPDX-License-Identifier: Apache-2.0
"""Uses a volume's viewer in a browser: viewer.py VOLUME [SCREENSHOT] [MANY]."""
import base64
import html.parser
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unicodedata

import volume as v


class Page(html.parser.HTMLParser):
    """The documents of the page as its bytes give them."""

    def __init__(self):
        super().__init__()
        self.documents = []
        self.inside = False
        self.text = ''
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag == 'script' and dict(attrs).get('type') == 'application/json'
        self.text = ''

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if tag == 'script' and self.inside:
            self.documents += json.loads(self.text)
        self.inside = False


class Browser:
    """A browser without a window, driven over pipes."""

    def __init__(self, profile):
        to_browser, self.commands = os.pipe()
        self.events, from_browser = os.pipe()
        os.set_inheritable(to_browser, True)
        os.set_inheritable(from_browser, True)

        def place():
            os.dup2(to_browser, 30)
            os.dup2(from_browser, 31)
            os.dup2(30, 3)
            os.dup2(31, 4)

        self.process = subprocess.Popen(
            ['chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
             '--remote-debugging-pipe', '--user-data-dir=' + profile, '--window-size=1280,800',
             'about:blank'],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b''
        self.number = 0
        self.session = None
        self.log = []
        target = self.send('Target.createTarget', url='about:blank')['targetId']
        self.session = self.send('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.send(domain + '.enable')

    def message(self):
        while b'\0' not in self.buffer:
            piece = os.read(self.events, 1 << 20)
            assert piece, 'the browser ended'
            self.buffer += piece
        line, _, self.buffer = self.buffer.partition(b'\0')
        return json.loads(line)

    def send(self, method, **params):
        self.number += 1
        command = {'id': self.number, 'method': method, 'params': params}
        if self.session:
            command['sessionId'] = self.session
        os.write(self.commands, json.dumps(command).encode() + b'\0')
        while True:
            found = self.message()
            if found.get('id') == self.number:
                assert 'error' not in found, found
                return found['result']
            if found.get('method') in (
                    'Log.entryAdded', 'Runtime.exceptionThrown', 'Network.requestWillBeSent'):
                self.log.append(found)

    def value(self, expression):
        result = self.send('Runtime.evaluate', expression=expression, returnByValue=True)
        assert 'exceptionDetails' not in result, result
        return result['result'].get('value')

    def wait(self, expression, wanted=True, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.value(expression)
            if found == wanted:
                return
            time.sleep(0.02)
        raise AssertionError((expression, 'is', found, 'not', wanted))

    def key(self, key, text=None):
        for kind in ('keyDown', 'keyUp'):
            more = {'text': text} if text and kind == 'keyDown' else {}
            self.send('Input.dispatchKeyEvent', type=kind, key=key, **more)

    def type(self, text):
        self.send('Input.insertText', text=text)


def fold(text):
    text = unicodedata.normalize('NFKD', text)
    return ''.join(x for x in text if not unicodedata.category(x).startswith('M')).lower()


def words(document):
    parts = [document[x] for x in 'nsct'] + document['g'] + document['e']
    for event in document.get('v', []):
        parts.append(event['s'])
        parts += [x for block in event['b'] for x in block] + [x[0] for x in event['f']]
    return fold('\n'.join(parts + [document.get('b', '')]))


folder = sys.argv[1]
path = pathlib.Path(folder, 'index.html')
raw = path.read_bytes().decode()
page = Page()
page.feed(raw)
documents = page.documents

# What the page holds is what the load file lists, in its order; its files are there.
rows = v.rows(folder)
assert [x['n'] for x in documents] == [x['BEGDOC'] for x in rows]
for document, row in zip(documents, rows):
    assert document.get('p', '') == row['PARENTID'] and document['t'] == row['RECORDTYPE']
    assert document['e'] == [x for x in row['EXCEPTION'].split(';') if x]
    assert ('r' in document['x']) == (row['REDACTED'] == 'Yes')
    assert ('w' in document['x']) == (row['WITHHELD'] == 'Yes')
    assert all(pathlib.Path(folder, x).is_file() for x in document['l'])
    named = {row[x].replace('\\', '/') for x in row if x.endswith('PATH') and x != 'SOURCEPATH'}
    assert set(document['l']) == named - {''}
# Captured text makes no element, and nothing is asked for from elsewhere.
allowed = {'html', 'head', 'meta', 'title', 'style', 'body', 'header', 'h1', 'form', 'label',
           'input', 'select', 'option', 'button', 'details', 'summary', 'p', 'noscript', 'div',
           'main', 'script'}
assert {tag for tag, _ in page.tags} <= allowed, {tag for tag, _ in page.tags} - allowed
assert not any(x in attrs for _, attrs in page.tags for x in ('src', 'href', 'onload', 'onclick'))

many = int(sys.argv[3]) if len(sys.argv) > 3 else 0
if many:
    # The same documents again and again, as many as asked for.
    begin, rest = raw.split('<script type="application/json">', 1)
    end = rest[rest.rindex('<script>'):]
    blocks = []
    count = 0
    while count < many:
        part = [dict(x, n='%s-%d' % (x['n'], count)) for x in documents]
        for x in part:
            if 'p' in x:
                x['p'] = '%s-%d' % (x['p'], count)
        count += len(part)
        blocks.append('<script type="application/json">%s</script>\n'
                      % json.dumps(part).replace('<', '\\u003c'))
    path = pathlib.Path(tempfile.mkdtemp(), 'index.html')
    path.write_text(begin + ''.join(blocks) + end, encoding='utf-8')
    documents = [None] * count

# Processes that the browser started may write for a moment after it was killed.
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
    browser = Browser(profile)
    status = 'document.getElementById("status").textContent'
    chosen = 'document.querySelector("[aria-selected=true] b")?.textContent'

    def total(count, plural='documents'):
        of = '{:,}'.format(len(documents))
        name = plural if count != 1 else 'document'
        return '{:,} {} of {}'.format(count, name, of)

    try:
        started = time.monotonic()
        browser.send('Page.navigate', url=path.as_uri())
        browser.wait('document.readyState === "complete" && ' + status + '.includes(" of ") && !'
                     + status + '.includes("Loading")')
        browser.wait(status, total(len(documents)))
        opened = time.monotonic() - started
        if many:
            started = time.monotonic()
            browser.value('document.querySelector("[name=q]").value = "no such word";'
                          'document.getElementById("filters").requestSubmit()')
            browser.wait(status, total(0))
            print('%d documents: opened in %.1f s, searched in %.1f s'
                  % (len(documents), opened, time.monotonic() - started))
            raise SystemExit(0)
        first = documents[0]['n']
        browser.wait(chosen, first)
        # Keys alone: the next document, the last, the first.
        browser.value('document.getElementById("list").focus()')
        browser.key('ArrowDown')
        browser.wait(chosen, documents[1]['n'])
        browser.key('End')
        browser.wait(chosen, documents[-1]['n'])
        browser.key('Home')
        browser.wait(chosen, first)
        # Each document shows its words, whatever they are; none of them becomes an element.
        for document in documents:
            browser.wait(chosen, document['n'])
            shown = browser.value('document.getElementById("document").textContent')
            assert document['n'] in shown
            for event in document.get('v', []):
                assert event['t'] in shown
                assert event['s'] in shown or not event['s'].isprintable(), event['s']
                for _, text in event['b']:
                    for line in text.splitlines():
                        if line.strip() and line.isascii() and line.isprintable():
                            assert line in shown, (document['n'], line)
            assert not any(ord(x) in (0, 0x1B, 0x202E, 0x200B) for x in shown)
            kinds = browser.value(
                '[...new Set([...document.querySelectorAll("#document *")].map(x => x.tagName))]')
            assert set(kinds) <= {'H2', 'H3', 'TABLE', 'TR', 'TH', 'TD', 'A', 'ARTICLE', 'SPAN',
                                  'STRONG', 'P', 'DIV', 'BUTTON', 'MARK'}, kinds
            browser.key('j', 'j')
        # Search from the keyboard finds what a search of the texts finds.
        for query, need, never in [
                ('day', ['day'], []), ('"day 1"', ['day 1'], []), ('DAY -edits', ['day'], ['edits']),
                ('unlimited', ['unlimited'], []), ('nosuchword', ['nosuchword'], [])]:
            wanted = [x['n'] for x in documents
                      if all(y in words(x) for y in need) and not any(y in words(x) for y in never)]
            browser.value('document.getElementById("filters").reset()')
            browser.wait(status, total(len(documents)))
            browser.key('Escape')
            browser.key('/')
            browser.wait('document.activeElement.name', 'q')
            browser.type(query)
            browser.key('Enter', '\r')
            browser.wait(status, total(len(wanted)))
            if wanted:
                browser.wait('!!document.querySelector("#document mark") || '
                             + json.dumps(query == 'unlimited'))
                browser.key('Escape')
                browser.key('Home')
                browser.wait(chosen, wanted[0])
        # A filter and the address that keeps it.
        browser.value('document.getElementById("filters").reset()')
        browser.wait(status, total(len(documents)))
        exceptions = sum('e' in x['x'] for x in documents)
        browser.value('document.querySelector("[name=mark]").value = "e";'
                      'document.getElementById("filters").requestSubmit()')
        browser.wait(status, total(exceptions))
        address = browser.value('location.href')
        assert 'mark=e' in address, address
        browser.send('Page.navigate', url='about:blank')
        browser.send('Page.navigate', url=address)
        browser.wait('document.readyState === "complete" && ' + status, total(exceptions))
        # A link from a child to its parent and back, where there are children.
        if any('p' in x for x in documents):
            child = next(x for x in documents if 'p' in x)
            browser.send('Page.navigate', url='about:blank')
            browser.send('Page.navigate', url=path.as_uri() + '#doc=' + child['n'])
            browser.wait('document.readyState === "complete" && ' + chosen, child['n'])
            browser.value('document.querySelector("#document td button").click()')
            browser.wait(chosen, child['p'])
            # Also from a list that does not have the parent: then the filters go.
            browser.value('document.querySelector("[name=q]").value = %s;'
                          'document.getElementById("filters").requestSubmit()'
                          % json.dumps('"%s" -"%s"' % (child['n'], child['p'])))
            browser.wait('!' + status + '.startsWith("Searching")')
            names = [x['n'] for x in documents if fold(child['n']) in words(x)
                     and fold(child['p']) not in words(x)]
            browser.wait(status, total(len(names)))
            browser.wait(chosen, child['n'])
            browser.value('document.querySelector("#document td button").click()')
            browser.wait(status, total(len(documents)))
            browser.wait(chosen, child['p'])
            assert 'doc=' + child['p'] in browser.value('location.href')
            browser.value('document.querySelector("[name=q]").value = "nosuchword";'
                          'document.getElementById("filters").requestSubmit()')
            browser.wait('document.getElementById("document").textContent', 'No document matches.')
        if len(sys.argv) > 2 and sys.argv[2]:
            image = browser.send('Page.captureScreenshot')['data']
            pathlib.Path(sys.argv[2]).write_bytes(base64.b64decode(image))
        # Nothing was refused, nothing failed, nothing was asked for but the page.
        for entry in browser.log:
            assert entry['method'] == 'Network.requestWillBeSent', entry
            address = entry['params']['request']['url']
            # The icons of a browser's own fields are data.
            assert address.startswith((path.as_uri(), 'about:blank', 'data:')), address
    finally:
        browser.process.kill()
        browser.process.wait()
print(len(documents))
