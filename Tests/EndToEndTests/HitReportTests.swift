// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Python computes every number of a report anew from what `search --format jsonl` prints.
@Suite("Hit reports and samples")
struct HitReportTests {
  private func withMatter(_ body: (URL) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      try Repository.copySamples(to: folder)
      try Data(Self.hostileExport.utf8).write(to: folder.appendingPathComponent("hostile.json"))
      for words in [["init", "s"], ["import", "export.zip"], ["import", "hostile.json"]] {
        let result = try await Tool.run("custody", words, in: folder, environment: Self.environment)
        #expect(result.status == 0, "\(words): \(result.errorText)")
      }
      try await body(folder)
    }
  }

  private static let environment = ["CUSTODY_STORE": "s"]

  private func check(_ script: String, in folder: URL) async throws {
    let result = try await Tool.run(
      "python3", ["-c", Self.helpers + script], in: folder, environment: Self.environment)
    #expect(result.status == 0, "\(result.errorText)")
  }

  @Test("add up, as Python counts the hits")
  func addsUp() async throws {
    try await withMatter { folder in
      try await check(
        """
        lines = open("queries.txt", encoding="utf-8").read().split("\\n")
        terms = [(n, t) for n, t in enumerate(lines, 1) if t.strip()]
        found = {n: hits(t) for n, t in terms}
        union = {h["id"]: h for n in found for h in found[n].values()}
        report = one("--queries-from", "queries.txt")
        compare(report, union)
        assert [t["key"] for t in report["terms"]] == [n for n, _ in terms]
        for term in report["terms"]:
            mine = found[term["key"]]
            tally(term, mine)
            others = {i for n in found if n != term["key"] for i in found[n]}
            assert term["unique"] == len(set(mine) - others), term
            assert term["bytes"] == counts(lines[term["key"] - 1])["bytes"]
            people = {p["name"]: p["items"] for p in report["term_custodians"]
                      if p["key"] == term["key"]}
            assert people == dict(collections.Counter(h["custodian"] for h in mine.values()))
        assert sum(t["unique"] for t in report["terms"]) <= report["total"]["items"]

        query = "Northgate AND price AND sent>=2025-03-16"
        parts = ["Northgate", "price", "sent>=2025-03-16"]
        report = one("--stats", query)
        whole = hits(query)
        compare(report, whole)
        assert len(report["conditions"]) == 3 and report["terms"] == []
        for index, condition in enumerate(report["conditions"]):
            tally(condition, hits(parts[index]))
            rest = " AND ".join(p for i, p in enumerate(parts) if i != index)
            assert condition["excluded"] == len(set(hits(rest)) - set(whole)), condition

        report = one("--stats", "alpha(c:s)price(c:s)winter(c:c)(kind:prompt)")
        assert [t["name"] for t in report["terms"]] == ["alpha", "price", "winter"]
        for term in report["terms"]:
            tally(term, hits(term["name"] + " AND kind:prompt"))
        report = one("--stats", "Northgate AND (price OR (winter OR alpha)) AND kind:prompt")
        assert [t["name"] for t in report["terms"]] == ["price", "winter", "alpha"]
        found = [hits("Northgate AND kind:prompt AND " + t["name"]) for t in report["terms"]]
        for index, term in enumerate(report["terms"]):
            tally(term, found[index])
            others = {i for n, f in enumerate(found) if n != index for i in f}
            assert term["unique"] == len(set(found[index]) - others), term
        compare(report, {i: h for f in found for i, h in f.items()})
        report = one("--stats", "--all", "--since", "2025-03-10", "--before", "2025-03-20")
        compare(report, hits("--all", "--since", "2025-03-10", "--before", "2025-03-20"))
        """, in: folder)
    }
  }

  @Test("say the same in every format, and the same bytes each time")
  func formats() async throws {
    try await withMatter { folder in
      try await check(
        """
        ask = ["--queries-from", "queries.txt"]
        report = one(*ask)
        records = [json.loads(l) for l in run(*ask, "--format", "jsonl").splitlines()]
        assert records[0]["type"] == "manifest" and records[-1]["type"] == "complete"
        assert records[-1]["count"] == len(records) - 2 and not records[-1]["incomplete"]
        rows = list(csv.DictReader(io.StringIO(run(*ask, "--format", "csv", "--csv-raw"))))
        assert len(rows) == len(records) - 2
        for row, record in zip(rows, records[1:-1]):
            assert row["table"] == record["type"] and row["incomplete"] == "false"
            for name, value in record.items():
                if name in ("type", "incomplete"): continue
                assert row[name] == ("" if value is None else str(value)), (row, record)
            assert all(v == "" for n, v in row.items()
                       if n not in record and n not in ("table", "incomplete")), row
        tables = collections.Counter(r["type"] for r in records[1:-1])
        plural = lambda t: t if t == "not_searchable" else t + "s"
        for table, count in tables.items():
            if table != "total": assert len(report[plural(table)]) == count, table
        assert tables["exception"] == 0 and report["exceptions"] == []
        assert tables["not_searchable"] == 3
        for format in ["human", "json", "jsonl", "csv"]:
            assert run(*ask, "--format", format) == run(*ask, "--format", format)
        """, in: folder)
    }
  }

  @Test("are pages that load and run nothing, whatever a file is called")
  func page() async throws {
    try await withMatter { folder in
      try await check(
        """
        ask = ["--stats", 'price OR "<script>alert(1)</script>" OR boat']
        report = one(*ask, "--html", "a.html")
        run(*ask, "--html", "b.html")
        page = open("a.html", encoding="utf-8").read()
        assert page == open("b.html", encoding="utf-8").read()
        style = page.split("<style>")[1].split("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = page.split('Content-Security-Policy" content="')[1].split('"')[0]
        assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
        assert "'sha256-" + digest + "'" in policy
        class Reader(html.parser.HTMLParser):
            def __init__(self):
                super().__init__(); self.tags = []; self.text = []
            def handle_starttag(self, tag, attributes):
                self.tags.append(tag)
                for name, value in attributes:
                    assert not name.startswith("on"), (tag, name)
                    assert name not in ("src", "href", "style", "action", "data"), (tag, name)
                    if value and "url(" in value: assert value == "url(#hatch)", value
            def handle_data(self, data): self.text.append(data)
        reader = Reader(); reader.feed(page)
        assert set(reader.tags) <= set("html head meta title style body svg defs pattern rect line "
            "text header h1 h2 table thead tbody tr th td main p footer bdi".split()), reader.tags
        text = " ".join(reader.text)
        assert "<script>alert(1)</script>" in text and "<script" not in page
        assert "</style><b>.pdf" in text and "[U+202E]" in text
        number = "{:,}".format(report["total"]["bytes"]).replace(",", "\\u202f")
        assert number in text
        for term in report["terms"]: assert term["name"] in text, term
        assert all(c in "\\n\\t" or ord(c) >= 32 for c in page)
        refused = custody("search", *ask, "--html", "a.html")
        assert refused.returncode == 21, refused
        assert custody("search", *ask, "--html", "a.html", "--force").returncode == 0
        """, in: folder)
      let tidy = try await Tool.run(
        "tidy", ["-q", "-e", "--gnu-emacs", "yes", "a.html"], in: folder)
      #expect(tidy.status == 0, "\(tidy.errorText)")
    }
  }

  @Test("fit on paper, with names of any length and script")
  func paper() async throws {
    try await withTemporaryDirectory { folder in
      try Data(Self.longExport.utf8).write(to: folder.appendingPathComponent("long.json"))
      for words in [["init", "s"], ["import", "long.json"]] {
        let result = try await Tool.run("custody", words, in: folder, environment: Self.environment)
        #expect(result.status == 0, "\(words): \(result.errorText)")
      }
      try await check(
        """
        report = one("--stats", "boat OR " + "x" * 300, "--html", "a.html")
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--user-data-dir=profile", "--no-pdf-header-footer", "--print-to-pdf=a.pdf", "a.html"],
            check=True, capture_output=True)
        boxes = subprocess.run(["pdftotext", "-bbox", "a.pdf", "-"], check=True,
            capture_output=True, text=True).stdout
        import re
        width = float(re.search(r'page width="([0-9.]+)"', boxes)[1])
        words = re.findall(r'<word xMin="([0-9.-]+)".*? xMax="([0-9.-]+)".*?>(.*?)</word>', boxes)
        assert len(words) > 50
        for left, right, word in words: assert 0 < float(left) and float(right) < width, word
        printed = "".join(word for _, _, word in words)
        name = report["custodians"][0]["name"]
        # As a custodian, and among the custodians of the term.
        assert len(name) == 162 and printed.count(name) == 2, printed
        assert "x" * 300 in printed
        # Two months with items, and the one between them.
        page = open("a.html", encoding="utf-8").read()
        assert [m["key"] for m in report["months"]] == ["2025-01", "2025-03"]
        chart = page.split('class="chart"')[1].split("</svg>")[0]
        assert re.findall(r">(2025-..)<", chart) == ["2025-01", "2025-02", "2025-03"]
        assert chart.count("<rect") == 2
        """, in: folder)
    }
  }

  /// A person whose name has no place to break it, and items two months apart.
  private static let longExport = """
    [{"uuid":"c1","name":"trip","created_at":"2025-01-10T09:00:00Z",\
    "account":{"uuid":"\(String(repeating: "ACM", count: 54))"},"chat_messages":[\
    {"uuid":"m1","sender":"human","created_at":"2025-01-10T09:00:00Z",\
    "content":[{"type":"text","text":"the boat"}]},\
    {"uuid":"m2","sender":"human","created_at":"2025-03-10T09:00:00Z",\
    "content":[{"type":"text","text":"a boat"}]}]}]
    """

  @Test("draw the sample that Python draws from the list of ids")
  func samples() async throws {
    try await withMatter { folder in
      try await check(
        """
        def draw(ids, seed, size):
            code = lambda i: hmac.new(seed.encode(), i.encode(), "sha256").digest()
            return sorted(ids, key=code)[:size]
        query, seed = "price OR winter", "Größe 7"
        matched = ids(query)
        rest = [i for i in ids("--all") if i not in set(matched)]
        for option, population in [("--sample", matched), ("--sample-rest", rest)]:
            answer = one(query, option, "6", "--seed", seed)
            assert [i["id"] for i in answer["items"]] == draw(population, seed, 6)
            digest = hashlib.sha256("".join(i + "\\n" for i in population).encode()).hexdigest()
            assert answer["population_sha256"] == digest
            assert answer["population"] == len(population) and answer["size"] == 6
            assert ids(query, option, "6", "--seed", seed) == draw(population, seed, 6)
            drawn = one(query, option, "3")
            again = one(query, option, "3", "--seed", drawn["seed"])
            assert drawn == again and len(drawn["seed"]) == 32
            coded = [query, option, "6", "--seed", seed, "--relevant", "2", "--population"]
            assert custody("search", *coded, digest).returncode == 0
            assert custody("search", *coded, "0" * 64).returncode == 27
            assert custody("search", *coded[:4], "--seed", seed, "--relevant", "7").returncode == 2
        whole = one(query, "--sample", "1000", "--seed", seed)
        assert whole["size"] == len(matched) and whole["widest_margin"] == 0
        """, in: folder)
    }
  }

  @Test("are recorded in their case")
  func records() async throws {
    try await withMatter { folder in
      try await check(
        """
        def must(*words):
            result = custody(*words)
            assert result.returncode == 0, result
            return result.stdout
        must("case", "create", "Pier")
        must("search", "--queries-from", "queries.txt", "--case", "Pier", "--quiet")
        must("search", "price", "--sample-rest", "5", "--seed", "s", "--case", "Pier", "--quiet")
        events = json.loads(must("audit", "list", "--action", "case.search", "--json"))
        assert len(events) == 2
        report, drawn = [json.loads(e["after"]) for e in events]
        lines = open("queries.txt", encoding="utf-8").read().split("\\n")
        assert report["asked"]["query"].split("\\n") == [t for t in lines if t]
        # What is recorded as the normal form finds what the report counted.
        assert counts(report["asked"]["normal_form"])["items"] == report["counts"]["items"]
        terms = one("--queries-from", "queries.txt")["terms"]
        assert [(t["number"], t["items"], t["unique"]) for t in report["report"]["terms"]] == [
            (t["key"], t["items"], t["unique"]) for t in terms]
        rest = [i for i in ids("--all") if i not in set(ids("price"))]
        digest = hashlib.sha256("".join(i + "\\n" for i in rest).encode()).hexdigest()
        assert drawn["sample"] == {
            "of": "rest", "seed": "s", "algorithm": "hmac-sha256(seed, id), smallest first",
            "population": len(rest), "population_sha256": digest, "size": 5, "relevant": None}
        searches = json.loads(must("case", "show", "Pier", "--json"))["searches"]
        report = one("--queries-from", "queries.txt")
        assert report["total"]["items"] in [s["items"] for s in searches]
        """, in: folder)
    }
  }

  private static let helpers = """
    import base64, collections, csv, hashlib, hmac, html.parser, io, json, subprocess
    def custody(*words):
        return subprocess.run(["custody", *words], capture_output=True, encoding="utf-8")
    def run(*words):
        result = custody("search", *words)
        assert result.returncode == 0, result
        return result.stdout
    def one(*words): return json.loads(run(*words, "--json"))
    def counts(*words): return one(*words, "--count")
    def ids(*words): return run(*words, "--id-only").split()
    def hits(*words):
        records = [json.loads(l) for l in run(*words, "--format", "jsonl").splitlines()]
        return {r["id"]: r for r in records if r["type"] == "item"}
    def tally(row, hits):
        assert row["items"] == len(hits), row
        assert row["conversations"] == len({h["conversation_id"] for h in hits.values()}), row
        assert row["custodians"] == len({h["custodian"] for h in hits.values()} - {""}), row
    def compare(report, hits):
        tally(report["total"], hits)
        assert report["incomplete"] is False
        for table, key in [("months", lambda h: (h["time"] or "")[:7]),
                           ("custodians", lambda h: h["custodian"]),
                           ("sources", lambda h: h["source"]), ("models", lambda h: h["model"]),
                           ("kinds", lambda h: h["kind"])]:
            expected = collections.defaultdict(list)
            for hit in hits.values(): expected[key(hit)].append(hit["conversation_id"])
            assert {r["name"]: (r["items"], r["conversations"]) for r in report[table]} == {
                name: (len(c), len(set(c))) for name, c in expected.items()}, (table, expected)
            assert sum(r["bytes"] for r in report[table]) == report["total"]["bytes"], table

    """

  /// Names that want to leave their place in a page.
  private static let hostileExport = """
    [{"uuid":"c9","name":"<script>alert(1)</script>","created_at":"2025-01-10T09:00:00Z",\
    "account":{"uuid":"=cmd|' /C calc'!A0<b>"},"chat_messages":[{"uuid":"m1","sender":"human",\
    "created_at":"2025-01-10T09:00:00Z","content":[{"type":"text","text":"the boat"}],\
    "files":[{"file_name":"</style><b>.pdf"},{"file_name":"\\u202egpj.<img src=x onerror=1>"}]}]}]
    """
}
