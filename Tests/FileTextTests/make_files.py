# SPDX-License-Identifier: Apache-2.0
"""Writes the files that the tests read, by Python's own libraries: python3 make_files.py FOLDER."""
import email.message
import email.policy
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile

folder = sys.argv[1]
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
CORE = (
    '<?xml version="1.0"?><cp:coreProperties xmlns:cp="http://example.org/cp" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Berth plan</dc:title>'
    "<dc:creator>Mara Lindqvist</dc:creator><cp:revision>7</cp:revision></cp:coreProperties>"
)


def write(name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)


def packed(members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, compression)
    return buffer.getvalue()


def docx(body, more=()):
    return packed([
        ("[Content_Types].xml", TYPES),
        ("docProps/core.xml", CORE),
        ("word/header1.xml", f"<w:hdr {W}><w:p><w:r><w:t>Confidential</w:t></w:r></w:p></w:hdr>"),
        ("word/styles.xml", f"<w:styles {W}><w:t>StyleWord</w:t></w:styles>"),
        ("word/document.xml", f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body>{body}</w:body></w:document>'),
        *more,
    ])


BODY = (
    "<w:p><w:r><w:t>North</w:t></w:r><w:r><w:t>gate</w:t></w:r><w:r><w:t xml:space=\"preserve\"> lease</w:t></w:r></w:p>"
    "<w:p><w:del><w:r><w:delText>struck out</w:delText></w:r></w:del><w:r><w:tab/><w:t>kept &amp; signed</w:t></w:r></w:p>"
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Cell one</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Cell two</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
)


def plain():
    write("utf8.txt", "Grüße aus Århus\nsecond line\n")
    write("utf8-mark.txt", b"\xef\xbb\xbfmarked \xc3\xa9")
    write("utf16le.txt", b"\xff\xfe" + "Fähre 😀".encode("utf-16-le"))
    write("utf16be.csv", b"\xfe\xff" + "port;Fähre".encode("utf-16-be"))
    write("latin1.txt", "Caf\u00e9 \u201cquoted\u201d \u20ac5".encode("cp1252"))
    # The first character that is not ASCII lies far behind what is looked at first.
    write("late-latin1.txt", b"word " * 300_000 + "caf\u00e9".encode("cp1252"))
    write("late-utf8.txt", b"word " * 300_000 + "caf\u00e9".encode())
    write("empty.txt", b"")
    write("binary.txt", bytes(range(256)) * 10)
    write("picture.txt", b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    write("notes.rtf", r"{\rtf1\ansi hidden words}")
    write("data.json", '{"harbour": "Göteborg", "berths": [4, 5]}')


def markup():
    write("page.html", """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Tariff &amp; terms</title>
<style>.secret{color:red}</style><script>var hidden = "scripted";</script>
<meta name="description" content="About tariffs"></head>
<body><p>First <b>bo</b>ld paragraph</p><table><tr><td>one</td><td>two</td></tr></table>
<img src="http://192.0.2.1/x.png" alt="Quay plan"><!-- remark --><p>&eacute;t&eacute; &hellip;</body></html>""")
    write("latin1.html", '<html><head><meta charset="iso-8859-1"></head><body>été'.encode("latin1"))
    write("feed.xml", '<?xml version="1.0"?><feed lang="sv"><entry title="Quay 9"><![CDATA[Loading <fast>]]></entry>'
          "<entry>second &#228; entry</entry></feed>")
    write("latin1.xml", '<?xml version="1.0" encoding="ISO-8859-1"?><a>été</a>'.encode("latin1"))
    write("broken.xml", '<?xml version="1.0"?><a><b>found anyway</a> and more words')
    entities = "".join(f'<!ENTITY l{n} "{("&l%d;" % (n - 1)) * 10}">' for n in range(1, 12))
    write("laughs.xml", f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">{entities}]><a>before &l11; after</a>')
    write("outside.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>before &x; after</a>')
    write("deep.xml", '<?xml version="1.0"?>' + "<a>" * 100_000 + "bottom" + "</a>" * 100_000)
    write("deep.html", "<html>" + "<div>" * 100_000 + "bottom")


def office():
    write("letter.docx", docx(BODY, [
        ("word/footnotes.xml", f"<w:footnotes {W}><w:p><w:r><w:t>A note</w:t></w:r></w:p></w:footnotes>"),
        ("word/comments.xml", f"<w:comments {W}><w:comment><w:p><w:r><w:t>Is this right?</w:t></w:r></w:p></w:comment></w:comments>"),
        ("word/_rels/document.xml.rels", '<Relationships><Relationship TargetMode="External" '
         'Type="http://x/hyperlink" Target="https://ferries.example/terms"/></Relationships>'),
        ("word/media/image1.png", b"\x89PNG\r\n\x1a\n"),
    ]))
    inner = docx("<w:p><w:r><w:t>embedded words</w:t></w:r></w:p>")
    write("embedded.docx", docx("<w:p><w:r><w:t>outer words</w:t></w:r></w:p>", [("word/embeddings/inner.docx", inner)]))
    write("box.docx", docx(
        '<mc:AlternateContent xmlns:mc="m"><mc:Choice><w:p><w:r><w:t>in a box</w:t></w:r></w:p></mc:Choice>'
        "<mc:Fallback><w:p><w:r><w:t>in a box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"))
    write("torn.docx", docx("<w:p><w:r><w:t>readable start</w:t></w:r></w:p><w:p><w:r></w:p>"))
    write("sheet.xlsx", packed([
        ("[Content_Types].xml", TYPES),
        ("xl/worksheets/sheet1.xml", f'<worksheet {S}><sheetData><row><c t="s"><v>1</v></c><c><v>42.5</v></c></row>'
         '<row><c t="inlineStr"><is><t>inline</t></is></c><c t="str"><f>A1</f><v>result</v></c><c t="s"><v>0</v></c><c t="s"><v>99</v></c></row></sheetData></worksheet>'),
        ("xl/sharedStrings.xml", f"<sst {S}><si><t>Harbour</t></si><si><r><t>Ber</t></r><r><t>th</t></r><rPh><t>reading</t></rPh></si></sst>"),
        ("xl/workbook.xml", f'<workbook {S}><sheets><sheet name="Dues 2026"/></sheets></workbook>'),
        ("xl/comments1.xml", f"<comments {S}><comment><text><r><t>check this</t></r></text></comment></comments>"),
    ]))
    slide = lambda text: f"<p:sld xmlns:p='p' {A}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>"
    def book(sheet, strings="", more=()):
        return packed([
            ("[Content_Types].xml", TYPES), ("xl/worksheets/sheet1.xml", f"<worksheet {S}><sheetData>{sheet}</sheetData></worksheet>"),
            ("xl/sharedStrings.xml", f"<sst {S}>{strings}</sst>"), *more])
    write("long-cell.xlsx", book('<row><c t="inlineStr"><is><t>%s end</t></is></c></row>' % ("long " * 600_000)))
    write("strings.xlsx", book('<row><c t="s"><v>0</v></c><c t="s"><v>999</v></c></row>',
                               "".join(f"<si><t>text {n}</t></si>" for n in range(1000))))
    write("pivot.xlsx", book("<row><c><v>7</v></c></row>", more=[
        ("xl/pivotCache/pivotCacheDefinition1.xml", f'<pivotCacheDefinition {S}><cacheFields><cacheField name="Ship"><sharedItems>'
         '<s v="Aurora"/><s v="Borealis"/></sharedItems></cacheField><cacheField name="Dues"><sharedItems/></cacheField></cacheFields></pivotCacheDefinition>'),
        ("xl/pivotCache/pivotCacheRecords1.xml", f'<pivotCacheRecords {S}><r><x v="0"/><n v="42.5"/></r><r><x v="1"/><s v="unpaid"/></r></pivotCacheRecords>'),
    ]))
    write("binary.xlsb", packed([("[Content_Types].xml", TYPES), ("xl/workbook.bin", b"\0\1"), ("xl/worksheets/sheet1.bin", b"\0\1")]))
    write("entities.docx", packed([("[Content_Types].xml", TYPES), ("word/document.xml",
          f'<!DOCTYPE w SYSTEM "x.dtd"><w:document {W}><w:p><w:r><w:t>before &secret; after</w:t></w:r></w:p></w:document>')]))
    write("talk.pptx", packed([
        ("[Content_Types].xml", TYPES), ("ppt/slides/slide10.xml", slide("tenth slide")),
        ("ppt/slides/slide2.xml", slide("second slide")), ("ppt/notesSlides/notesSlide2.xml", slide("say it slowly")),
        ("ppt/slideMasters/slideMaster1.xml", slide("Click to edit")),
    ]))
    office_ns = 'xmlns:office="o" xmlns:text="t" xmlns:table="b" xmlns:dc="d" xmlns:manifest="m"'
    content = (f'<office:document-content {office_ns}><office:body><text:h>Heading</text:h><text:p>Two<text:s/>words'
               '<text:span>joined</text:span></text:p><table:table table:name="Fees"><table:table-row><table:table-cell>'
               "<text:p>one</text:p></table:table-cell><table:table-cell><text:p>two</text:p></table:table-cell>"
               "</table:table-row></table:table></office:body></office:document-content>")
    meta = f"<office:document-meta {office_ns}><dc:title>Plan</dc:title></office:document-meta>"
    manifest = f"<manifest:manifest {office_ns}/>"
    def odt(manifest):
        return packed([("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content),
                       ("meta.xml", meta), ("META-INF/manifest.xml", manifest)])
    write("plan.odt", odt(manifest))
    write("locked.odt", odt(f"<manifest:manifest {office_ns}><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"))
    write("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    write("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))


class Unseekable(io.RawIOBase):
    data = b""

    def writable(self):
        return True

    def write(self, piece):
        self.data += bytes(piece)
        return len(piece)


def archives():
    for mode, name in (("w:bz2", "media.tar.bz2"), ("w", "media.tar")):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as archive:
            for name_in, data in [("film.bin", bytes(6 << 20)), ("after.txt", b"words behind")]:
                entry = tarfile.TarInfo(name_in)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        write(name, buffer.getvalue())
    write("media.zip", packed([("film.bin", bytes(6 << 20)), ("after.txt", "words behind")]))
    write("film.gz", gzip.compress(b"\0\1" * (3 << 20), mtime=0))
    streamed = Unseekable()
    with zipfile.ZipFile(streamed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("film.bin", bytes(6 << 20))
        archive.writestr("after.txt", "words behind")
        archive.writestr("last.txt", "last words")
    # Without the list at its end, which tells the sizes.
    write("streamed.zip", streamed.data[:streamed.data.index(b"PK\1\2")])
    members = [("notes.txt", "first words"), ("folder/page.html", "<html><body>second words</body></html>"),
               ("__MACOSX/._notes.txt", b"\0\1\2"), ("picture.png", b"\x89PNG\r\n\x1a\n")]
    write("files.zip", packed(members[:3]))
    write("mixed.zip", packed(members))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in members[:2]:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data.encode()))
    write("files.tar.gz", buffer.getvalue())
    write("log.txt.gz", gzip.compress(b"packed words", mtime=0))
    nest = packed([("bottom.txt", "bottom words")])
    for level in range(3):
        nest = packed([(f"level{level}.zip", nest)])
    write("nested.zip", nest)
    for level in range(40):
        nest = packed([(f"deep{level}.zip", nest)])
    write("very-nested.zip", nest)
    half = packed([("whole.txt", "whole words"), ("cut.txt", os.urandom(1000))], zipfile.ZIP_STORED)
    write("cut.zip", half[:400])
    zeros = packed([("zeros.txt", b"0" * (32 << 20))])
    write("bomb.zip", packed([(f"zeros{n}.zip", zeros) for n in range(20)], zipfile.ZIP_STORED))
    write("many.zip", packed([(f"{n}.txt", "x") for n in range(12_000)]))
    source = os.path.join(folder, "secret.txt")
    write("secret.txt", "secret words")
    subprocess.run(["bsdtar", "-c", "--format", "zip", "--options", "zip:encryption=aes256",
                    "--passphrase", "opensesame", "-f", os.path.join(folder, "locked.zip"), "-C", folder, "secret.txt"], check=True)
    os.unlink(source)


def mails():
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"] = "Mara Lindqvist <mara@ferries.example>"
    mail["To"] = "jörg@ferries.example"
    mail["Subject"] = "Wärme und Fähren – ein längerer Betreff, der gefaltet wird, weil er so lang ist"
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    mail["Message-ID"] = "<1@ferries.example>"
    mail.set_content("Körper des Briefes\n", charset="iso-8859-1", cte="quoted-printable")
    mail.add_alternative("<html><body><p>Körper <i>in</i> HTML</p></body></html>", subtype="html", cte="base64")
    mail.add_attachment(docx("<w:p><w:r><w:t>attached words</w:t></w:r></w:p>"), maintype="application",
                        subtype="octet-stream", filename="Bericht für März.docx")
    inner = email.message.EmailMessage(policy=email.policy.SMTP)
    inner["From"] = "inner@ferries.example"
    inner["Subject"] = "Inner subject"
    inner.set_content("inner words")
    mail.add_attachment(inner)
    write("letter.eml", bytes(mail))
    write("undeclared", bytes(mail))
    write("box.mbox", "".join(
        f"From a@example Mon Mar  2 09:00:00 2026\nFrom: a@example\nTo: b@example\nSubject: Number {n}\nDate: today\n\nmail {n} words\n\n"
        for n in range(3)))
    write("sealed.eml", "From: a@example\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n"
          "Content-Transfer-Encoding: base64\n\nAAAA\n")
    nest = b"From: a@example\nSubject: bottom\n\nbottom words\n"
    for level in range(60):
        nest = b"From: a@example\nSubject: s%d\nContent-Type: message/rfc822\n\n" % level + nest
    write("deep.eml", nest)
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000))
    write("parts.eml", "From: a@example\nSubject: many\nMIME-Version: 1.0\n" + parts + "Content-Type: text/plain\n\nbottom\n")
    write("tar-word.txt", "n" * 257 + "ustar" + "n" * 512)
    write("header.txt", "To: do\nmilk\nSubject of the day: rain\n")


def rc4(key, data):
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def pdf(stream, password=None):
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
               None, b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    trailer = b""
    if password is not None:
        pad = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
        padded = (password + pad)[:32]
        owner = rc4(hashlib.md5(padded).digest()[:5], padded)
        key = hashlib.md5(padded + owner + (0xFFFFFFFC).to_bytes(4, "little") + b"\1" * 16).digest()[:5]
        user = rc4(key, pad)
        objects.append(b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>" % (owner.hex().encode(), user.hex().encode()))
        trailer = b"/Encrypt 6 0 R/ID[<" + b"01" * 16 + b"><" + b"01" * 16 + b">]"
        stream = rc4(hashlib.md5(key + (4).to_bytes(3, "little") + b"\0\0").digest()[:10], stream)
    objects[3] = b"<</Length %d>>stream\n" % len(stream) + stream + b"\nendstream"
    return assembled(objects, trailer)


def assembled(objects, trailer):
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, table)


def pages(contents, catalog=b""):
    # A page for each content: what its dictionary says besides the length, and its bytes.
    count = len(contents)
    kids = b" ".join(b"%d 0 R" % (3 + n) for n in range(count))
    font = 3 + 2 * count
    objects = [b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog, b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)]
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents %d 0 R/Resources<</Font<</F %d 0 R>>>>>>"
                % (3 + count + n, font) for n in range(count)]
    objects += [b"<<%s/Length %d>>stream\n" % (told, len(data)) + data + b"\nendstream" for told, data in contents]
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    return assembled(objects, b"")


def pdfs():
    words = b"BT /F 12 Tf 20 200 Td (Harbour dues f\\374r 2026) Tj ET"
    write("dues.pdf", pdf(words))
    write("blank.pdf", pdf(b"0 0 10 10 re f"))
    write("locked.pdf", pdf(words, b"opensesame"))
    write("torn.pdf", b"%PDF-1.7\nnothing of it is there")
    drawing = b"0 0 10 10 re f"
    write("corrupt-page.pdf", pages([(b"", words), (b"/Filter/FlateDecode", b"no such stream")]))
    write("filter-page.pdf", pages([(b"", words), (b"/Filter/OwnDecode", words)]))
    write("scanned-pages.pdf", pages([(b"", words), (b"", drawing), (b"", words), (b"", drawing)]))
    write("portfolio.pdf", pages([(b"", words)], b"/Names<</EmbeddedFiles<</Names[]>>>>"))
    write("attached.zip", packed([("dues.pdf", pdf(words))]))


for make in (plain, markup, office, archives, mails, pdfs):
    make()
