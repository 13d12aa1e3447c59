#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the Compliance API (claude-capture-formats section 4), for tests on loopback.

    compliance_api.py FOLDER [--port N] [--public-url URL]

FOLDER holds `fixture.json` (section 4.4) and maybe `faults.json` (section 4.2). The chosen port is
the first line on standard output. Each request appends a line to FOLDER/journal.jsonl.

Commands come as JSON lines on standard input, each answered with one line; at its end the server
ends, so that no server outlives its test:

    {"faults": [...]}       replaces the fault script, counters start anew
    {"mutate": [...]}       changes the state now
    {"mutate_after": N, "mutations": [...]}   after N further accepted requests
    {"now": "..."}          sets the clock
    {"count": true}         answers with the number of requests so far

There is no clock and no randomness: times come from `now`, request ids from a counter.
"""
import base64
import bisect
import datetime
import gzip
import hashlib
import http.server
import json
import os
import random
import re
import signal
import sys
import threading
import time
import urllib.parse

USER = ("read:compliance_user_data", "read:org_audit")
ORGANISATION = ("read:compliance_org_data", "read:org_audit")
ACTIVITY = ("read:compliance_activities", "read:org_audit")
DELETE = ("delete:compliance_user_data",)
ROOT = "/v1/compliance"
TIMES = (".gte", ".gt", ".lte", ".lt")


def micros(text, need_offset=False, name=""):
    """An RFC 3339 time as microseconds; the feed tolerates a missing offset."""
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d)?", text or "")
    if not match:
        raise Refusal(400, f"{name}: Input should be a valid datetime, invalid character")
    day, clock, fraction, offset = match.groups()
    if need_offset and not offset:
        raise Refusal(400, f"{name}: Input should have timezone info")
    offset = "+00:00" if not offset or offset in "Zz" else offset
    moment = datetime.datetime.fromisoformat(f"{day}T{clock}{offset}")
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (moment - epoch) // datetime.timedelta(microseconds=1) + int(
        ((fraction or "") + "000000")[:6])


def text_of(value):
    """Microseconds as RFC 3339."""
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (epoch + datetime.timedelta(microseconds=value)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Refusal(Exception):
    def __init__(self, status, message, kind=None, headers=None):
        super().__init__(message)
        self.status, self.message = status, message
        self.kind = kind or {400: "invalid_request_error", 401: "authentication_error",
                             403: "permission_error", 404: "not_found_error",
                             405: "invalid_request_error", 409: "invalid_request_error",
                             429: "rate_limit_error", 503: "overloaded_error",
                             529: "overloaded_error"}.get(status, "api_error")
        self.headers = headers or {}


class Query:
    """The parameters of a request, checked against what the endpoint knows."""

    def __init__(self, raw, known, needs_offset=False):
        self.values = {}
        for name, value in urllib.parse.parse_qsl(raw, keep_blank_values=True):
            if name not in known:
                bracket = re.fullmatch(r"(\w+)\[(gte|gt|lte|lt)\]", name)
                hint = ""
                if bracket and f"{bracket[1]}.{bracket[2]}" in known:
                    hint = f" Did you mean '{bracket[1]}.{bracket[2]}'?"
                raise Refusal(400, f"Unknown query parameter: '{name}'.{hint}")
            self.values.setdefault(name, []).append(value)
        for name, values in self.values.items():
            if not name.endswith("[]") and len(values) > 1:
                raise Refusal(400, f"{name}: Input should be given once")
        self.bounds = {}
        for name in self.values:
            if name.endswith(TIMES):
                self.bounds[name] = micros(self.one(name), needs_offset, name)
        for field in ("created_at", "updated_at"):
            low, high = self.bounds.get(field + ".gte"), self.bounds.get(field + ".lt")
            if low is not None and high is not None and high <= low:
                raise Refusal(400, f"{field}.lt must be strictly after {field}.gte.")

    def one(self, name, default=None):
        return self.values[name][0] if name in self.values else default

    def many(self, name):
        return self.values.get(name, [])

    def limit(self, default, largest, smallest=1):
        text = self.one("limit")
        if text is None:
            return default
        if not re.fullmatch(r"-?\d+", text):
            raise Refusal(400, "limit: Input should be a valid integer")
        if int(text) > largest:
            raise Refusal(400, f"limit: Input should be less than or equal to {largest}")
        if int(text) < smallest:
            raise Refusal(400, f"limit: Input should be greater than or equal to {smallest}")
        return int(text)

    def lets(self, field, value):
        """Whether the time bounds on a field let a record's time through."""
        if value is None:
            return not any(name.startswith(field + ".") for name in self.bounds)
        for name, bound in self.bounds.items():
            if not name.startswith(field + "."):
                continue
            relation = name[len(field):]
            if not {".gte": value >= bound, ".gt": value > bound, ".lte": value <= bound,
                    ".lt": value < bound}[relation]:
                return False
        return True

    def filter_hash(self):
        """What a cursor is bound to: all filters except a moving upper time bound."""
        kept = sorted(
            (name, values) for name, values in self.values.items()
            if name not in ("limit", "after_id", "before_id", "page")
            and not name.endswith((".lt", ".lte")))
        return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:12]


def seal(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unseal(token):
    try:
        value = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return value if isinstance(value, dict) else None
    except ValueError:
        return None


class Server:
    def __init__(self, folder, public_url):
        self.folder, self.public_url = folder, public_url
        with open(os.path.join(folder, "fixture.json"), "rb") as file:
            self.state = json.load(file)
        state = self.state
        for name in ("keys", "organizations", "users", "chats", "projects", "roles", "groups",
                     "local_sessions", "remote_sessions", "code_artifacts", "activities"):
            state.setdefault(name, [])
        for name in ("file_bytes", "artifact_text", "documents", "files", "settings",
                     "code_artifact_bytes", "memberships"):
            state.setdefault(name, {})
        self.now = micros(state["now"])
        self.lock = threading.RLock()
        self.count = 0          # requests
        self.accepted = 0       # of these answered with success
        self.pages = 0
        self.deletes = []
        self.pending = []       # (accepted count, mutations)
        self.caches = {}
        self.last_page = {}
        self.rules = []
        self.journal = open(os.path.join(folder, "journal.jsonl"), "a", encoding="utf-8")
        path = os.path.join(folder, "faults.json")
        if os.path.exists(path):
            with open(path, "rb") as file:
                self.set_faults(json.load(file))

    # --- state ---------------------------------------------------------------------------------

    def changed(self):
        self.caches = {}

    def set_faults(self, rules):
        self.rules = [{"rule": rule, "seen": 0} for rule in rules]

    def chat(self, identifier):
        index = self.caches.get("chats")
        if index is None:
            index = self.caches["chats"] = {chat["id"]: chat for chat in self.state["chats"]}
        return index.get(identifier)

    def mutate(self, operations):
        for operation in operations:
            self.mutate_one(dict(operation))
        self.changed()

    def mutate_one(self, operation):
        name = operation.pop("op")
        state = self.state
        if name == "set_now":
            self.now = micros(operation["now"])
            return
        if name == "add":                       # {"op":"add","to":"chats","value":{…}}
            state[operation["to"]].append(operation["value"])
            return
        if name == "put":                       # {"op":"put","in":"file_bytes","key":…,"value":…}
            state[operation["in"]][operation["key"]] = operation["value"]
            return
        if name == "remove":                    # {"op":"remove","from":"chats","id":…}
            state[operation["from"]] = [
                entry for entry in state[operation["from"]]
                if operation["id"] not in (entry.get("id"), entry.get("uuid"))]
            return
        if name == "set":                       # {"op":"set","in":"users","id":…,"value":{…}}
            for entry in state[operation["in"]]:
                if operation["id"] in (entry.get("id"), entry.get("uuid"), entry.get("key")):
                    entry.update(operation["value"])
            return
        if name == "revoke_key":
            for key in state["keys"]:
                if key["key"] == operation["key"]:
                    key["active"] = False
            return
        chat = self.chat(operation["chat"])
        at = operation.get("at") or text_of(self.now)
        if name == "add_message":
            chat["messages"].append(operation["message"])
            chat["updated_at"] = at
        elif name == "touch":
            chat["updated_at"] = at
        elif name == "rename":
            chat["name"] = operation["name"]    # does not move updated_at
        elif name == "delete_by_user":
            chat["deleted_at"], chat["updated_at"] = at, at
        elif name == "move":
            chat["project_id"], chat["updated_at"] = operation.get("project"), at
        else:
            raise ValueError(f"unknown mutation {name}")

    def sorted(self, what, key):
        """Records of a kind in the order of (time, id), with their sort keys."""
        cached = self.caches.get((what, key))
        if cached is None or cached[0] != len(self.state[what]):
            pairs = sorted(
                (((micros(entry[key]) if key != "id" and entry.get(key) else 0),
                  entry.get("id") or entry.get("uuid")), number)
                for number, entry in enumerate(self.state[what]))
            records = self.state[what]
            cached = (len(records), [(pair[0], records[pair[1]]) for pair in pairs])
            self.caches[(what, key)] = cached
        return cached[1]

    # --- keys ----------------------------------------------------------------------------------

    def authorise(self, headers, scopes, is_feed):
        given = headers.get("x-api-key")
        bearer = headers.get("authorization", "")
        if given is None and bearer.lower().startswith("bearer "):
            given = bearer[7:]
        if not given or given.startswith("sk-ant-api03-"):
            if self.state.get("auth_style") == "older":
                raise Refusal(401, "API key is missing.")
            raise Refusal(404, "Not found")
        entry = next((key for key in self.state["keys"] if key["key"] == given), None)
        bare = {"request-id": None}
        if entry is None:
            raise Refusal(401, "API key is invalid.", headers=bare)
        if not entry.get("active", True):
            raise Refusal(401, "API key has been deactivated.", headers=bare)
        if entry.get("expires_at") and micros(entry["expires_at"]) <= self.now:
            raise Refusal(401, "API key has expired.", headers=bare)
        if given.startswith("sk-ant-admin01-"):
            if not is_feed:
                raise Refusal(403, "Admin API keys may read activities only.")
            return entry
        if not set(scopes) & set(entry["scopes"]):
            needed = ("Needed: ['delete:compliance_user_data']" if scopes is DELETE
                      else f"Needed one of: {list(scopes)}")
            raise Refusal(403, f"Missing required scopes. Got: {entry['scopes']} {needed}")
        return entry

    def organisations(self, key, wanted=()):
        """The organisations that a request may see; a wanted one outside is refused."""
        reach = key.get("organization_uuid")
        for uuid in wanted:
            if reach and uuid != reach:
                raise Refusal(403, "Cannot query compliance data for organizations outside this "
                                   "API key's scope")
        return set(wanted) or ({reach} if reach else None)

    # --- paging --------------------------------------------------------------------------------

    def cap(self, limit):
        cap = self.state.get("page_cap")
        return min(limit, cap) if cap and limit else cap or limit

    def wants_empty(self):
        every = self.state.get("empty_every")
        self.pages += 1
        return bool(every) and self.pages % every == 0

    def by_cursor(self, pairs, query, limit, endpoint, key, descending, field="data", bare=""):
        """A page of the cursor family; `pairs` ascend by (time, id)."""
        after, before = query.one("after_id"), query.one("before_id")
        if after is not None and before is not None:
            raise Refusal(400, "Only one of after_id and before_id may be given.")
        bound = query.filter_hash()
        keys = [pair[0] for pair in pairs]
        low, high, nonce = 0, len(pairs), 0
        name = "after_id" if after is not None else "before_id"
        token = after if after is not None else before
        forward = (after is not None or before is None) != descending   # towards later ones
        if token is not None:
            if bare and token.startswith(bare):
                where = next((pair[0] for pair in pairs if pair[0][1] == token), None)
                if where is None:
                    raise Refusal(400, f"Invalid activity_id format: '{token}'")
                place = list(where)
            else:
                value = unseal(token)
                if not value or (value.get("e"), value.get("k"), value.get("f")) != (
                        endpoint, key, bound):
                    raise Refusal(400, f"Invalid pagination cursor for '{name}'")
                place, nonce = value["p"], value.get("n", 0)
            if forward:
                low = bisect.bisect_right(keys, tuple(place))
            else:
                high = bisect.bisect_left(keys, tuple(place))

        def cursor(pair, extra=0):
            value = {"e": endpoint, "k": key, "f": bound, "p": list(pair)}
            if extra:
                value["n"] = extra
            return seal(value)

        if token is not None and low < high and self.wants_empty():
            same = cursor(place, nonce + 1)
            return {field: [], "has_more": True, "first_id": same, "last_id": same}
        limit = self.cap(limit)
        if limit:
            if forward:
                has_more, high = high - low > limit, min(high, low + limit)
            else:
                has_more, low = high - low > limit, max(low, high - limit)
        else:
            has_more = False
        page = pairs[low:high]
        if descending:
            page = page[::-1]
        return {field: [pair[1] for pair in page], "has_more": has_more,
                "first_id": cursor(page[0][0]) if page else None,
                "last_id": cursor(page[-1][0]) if page else None}

    def by_page(self, records, query, limit, endpoint, with_more=True, expires=False):
        """A page of the page-token family; `records` are in their order."""
        bound, start, nonce = query.filter_hash(), 0, 0
        begun = self.now
        token = query.one("page")
        if token is not None:
            value = unseal(token)
            if not value or (value.get("e"), value.get("f")) != (endpoint, bound):
                raise Refusal(400, "The page parameter is not a valid cursor for this request.")
            start, begun, nonce = value["p"], value["t"], value.get("n", 0)
            if expires and self.now - begun > 24 * 3600 * 1_000_000:
                raise Refusal(400, "The page cursor has expired. Start the listing again.")
        if token is not None and start < len(records) and self.wants_empty():
            page, end = [], start
            nonce += 1
        else:
            end = min(len(records), start + self.cap(limit))
            page, nonce = records[start:end], 0
        more = end < len(records)
        value = {"e": endpoint, "f": bound, "p": end, "t": begun}
        if nonce:
            value["n"] = nonce
        answer = {"data": page, "next_page": seal(value) if more else None}
        if with_more:
            answer["has_more"] = more
        return answer

    # --- endpoints -----------------------------------------------------------------------------

    PATHS = [
        ("GET", r"/activities", "activities", ACTIVITY),
        ("GET", r"/apps/chats", "chats", USER),
        ("GET", r"/apps/chats/files/([^/]+)", "file", USER),
        ("GET", r"/apps/chats/files/([^/]+)/content", "file_content", USER),
        ("DELETE", r"/apps/chats/files/([^/]+)", "delete_file", DELETE),
        ("GET", r"/apps/chats/generated-files/([^/]+)", "generated", USER),
        ("GET", r"/apps/chats/generated-files/([^/]+)/content", "generated_content", USER),
        ("GET", r"/apps/chats/([^/]+)/messages", "messages", USER),
        ("DELETE", r"/apps/chats/([^/]+)", "delete_chat", DELETE),
        ("GET", r"/apps/artifacts/([^/]+)", "artifact", USER),
        ("GET", r"/apps/artifacts/([^/]+)/content", "artifact_content", USER),
        ("GET", r"/apps/projects", "projects", USER),
        ("GET", r"/apps/projects/documents/([^/]+)", "document", USER),
        ("DELETE", r"/apps/projects/documents/([^/]+)", "delete_document", DELETE),
        ("GET", r"/apps/projects/documents/([^/]+)/metadata", "document_metadata", USER),
        ("GET", r"/apps/projects/([^/]+)", "project", USER),
        ("DELETE", r"/apps/projects/([^/]+)", "delete_project", DELETE),
        ("GET", r"/apps/projects/([^/]+)/attachments", "attachments", USER),
        ("GET", r"/apps/projects/([^/]+)/collaborators", "collaborators", USER),
        ("GET", r"/apps/sessions/local", "local_sessions", USER),
        ("GET", r"/apps/sessions/local/([^/]+)", "local_session", USER),
        ("GET", r"/apps/sessions/local/([^/]+)/messages", "local_messages", USER),
        ("GET", r"/apps/sessions/remote", "remote_sessions", USER),
        ("GET", r"/apps/sessions/remote/([^/]+)/messages", "remote_messages", USER),
        ("GET", r"/apps/code/artifacts", "code_artifacts", USER),
        ("GET", r"/apps/code/artifacts/([^/]+)/versions/([^/]+)", "code_artifact_content", USER),
        ("DELETE", r"/apps/code/artifacts/([^/]+)", "delete_code_artifact", DELETE),
        ("GET", r"/organizations", "list_organizations", ORGANISATION),
        ("GET", r"/organizations/([^/]+)/users", "users", USER),
        ("GET", r"/organizations/([^/]+)/roles", "roles", ORGANISATION),
        ("GET", r"/organizations/([^/]+)/roles/([^/]+)", "role", ORGANISATION),
        ("GET", r"/organizations/([^/]+)/roles/([^/]+)/permissions", "permissions", ORGANISATION),
        ("GET", r"/organizations/([^/]+)/settings", "effective_settings", ORGANISATION),
        ("GET", r"/groups", "groups", ORGANISATION),
        ("GET", r"/groups/([^/]+)", "group", ORGANISATION),
        ("GET", r"/groups/([^/]+)/members", "members", USER),
    ]

    def answer(self, method, path, raw_query, headers):
        if method == "HEAD" or not path.startswith(ROOT + "/"):
            raise Refusal(404, "Not found")
        rest = path[len(ROOT):]
        known = False
        for verb, pattern, name, scopes in self.PATHS:
            match = re.fullmatch(pattern, rest)
            if not match:
                continue
            known = True
            if verb != method:
                continue
            key = self.authorise(headers, scopes, name == "activities")
            arguments = [urllib.parse.unquote(part) for part in match.groups()]
            return getattr(self, name)(raw_query, key, *arguments)
        raise Refusal(405 if known else 404, "Method not allowed" if known else "Not found")

    def activities(self, raw, key):
        query = Query(raw, {"activity_types[]", "exclude_activity_types[]", "actor_ids[]",
                            "user_ids[]", "organization_ids[]", "limit", "order", "after_id",
                            "before_id"} | {"created_at" + end for end in TIMES})
        wanted, unwanted = query.many("activity_types[]"), query.many("exclude_activity_types[]")
        if wanted and unwanted:
            raise Refusal(400, "activity_types[] and exclude_activity_types[] exclude each other.")
        for name, values in (("activity_types[]", wanted), ("exclude_activity_types[]", unwanted)):
            for number, value in enumerate(values):
                if not re.fullmatch(r"[a-z0-9_.]+", value):
                    raise Refusal(
                        400, f"{name}.{number}: Input is not one of the permitted values.")
        order = query.one("order", "desc")
        if order not in ("asc", "desc"):
            raise Refusal(400, "order: Input should be 'asc' or 'desc'")
        limit = query.limit(100, 5000)
        organisations = self.organisations(key, query.many("organization_ids[]"))
        actors, people = set(query.many("actor_ids[]")), set(query.many("user_ids[]"))
        pairs = []
        for place, entry in self.sorted("activities", "created_at"):
            if place[0] + int(entry.get("visible_after", 0) * 1_000_000) > self.now:
                continue
            if not query.lets("created_at", place[0]):
                continue
            if wanted and entry["type"] not in wanted or entry["type"] in unwanted:
                continue
            uuid = entry.get("organization_uuid")
            if organisations and uuid and uuid not in organisations:
                continue
            actor = entry.get("actor") or {}
            if people and actor.get("user_id") not in people:
                continue
            if actors and not actors & {value for name, value in actor.items()
                                        if name.endswith("_id")}:
                continue
            shown = {name: value for name, value in entry.items() if name != "visible_after"}
            pairs.append((place, shown))
        return self.by_cursor(pairs, query, limit, "activities", "created_at", order == "desc",
                              bare="activity_")

    CHAT_FIELDS = ("id", "name", "created_at", "updated_at", "deleted_at", "href", "model",
                   "organization_id", "organization_uuid", "project_id", "user")

    def shown_chat(self, chat):
        shown = {name: value for name, value in chat.items() if name != "messages"}
        if chat.get("deleted_at"):
            shown["name"] = ""
        return shown

    def chats(self, raw, key):
        query = Query(raw, {"user_ids[]", "organization_ids[]", "project_ids[]", "order_by",
                            "limit", "after_id", "before_id"}
                      | {field + end for field in ("created_at", "updated_at") for end in TIMES})
        people, projects = query.many("user_ids[]"), query.many("project_ids[]")
        order = query.one("order_by", "created_at")
        if order not in ("created_at", "updated_at"):
            raise Refusal(400, "order_by: Input should be 'created_at' or 'updated_at'")
        if len(people) > 10:
            raise Refusal(400, "user_ids[]: List should have at most 10 items")
        if not people and self.state.get("chat_list_needs_users"):
            raise Refusal(400, "user_ids[]: Field required")
        if not people and projects:
            raise Refusal(400, "project_ids[] needs user_ids[].")
        if not people and query.one("before_id") is not None:
            raise Refusal(400, "before_id needs user_ids[].")
        if people and order == "updated_at":
            raise Refusal(400, "order_by=updated_at cannot be used with user_ids[].")
        for name in query.bounds:
            if people and name.startswith("updated_at"):
                raise Refusal(400, f"{name} cannot be used with user_ids[].")
            if not people and not name.startswith(order):
                raise Refusal(400, f"{name} does not match the sort key {order}.")
        limit = query.limit(100, 1000)
        organisations = self.organisations(key, query.many("organization_ids[]"))
        pairs = []
        for place, chat in self.sorted("chats", order):
            if not query.lets(order, place[0]):
                continue
            if organisations and chat["organization_uuid"] not in organisations:
                continue
            if people and (chat.get("user") or {}).get("id") not in people:
                continue
            if projects and chat.get("project_id") not in projects:
                continue
            pairs.append((place, chat))
        page = self.by_cursor(pairs, query, limit, "chats", order, False)
        page["data"] = [self.shown_chat(chat) for chat in page["data"]]
        return page

    def messages(self, raw, key, identifier):
        query = Query(raw, {"order", "limit", "after_id", "before_id", "tool_result_max_chars",
                            "tool_use_input_max_chars"}
                      | {field + end for field in ("created_at", "updated_at") for end in TIMES})
        chat = self.chat(identifier)
        self.organisations(key, [chat["organization_uuid"]] if chat else [])
        if chat is None:
            raise Refusal(404, f"Chat conversation not found: '{identifier}'")
        limit = query.limit(None, 1000)
        cuts = {}
        for name, kind in (("tool_result_max_chars", "tool_result"),
                           ("tool_use_input_max_chars", "tool_use")):
            text = query.one(name, "10000")
            if not re.fullmatch(r"-?\d+", text) or int(text) < -1:
                raise Refusal(400, f"{name}: Input should be greater than or equal to -1")
            cuts[kind] = int(text)
        order = query.one("order", "asc")
        pairs = []
        for number, message in enumerate(chat["messages"]):
            place = (micros(message["created_at"]), number, message["id"])
            if query.lets("created_at", place[0]):
                pairs.append(((place[0], number), message))
        pairs.sort(key=lambda pair: pair[0])
        page = self.by_cursor(pairs, query, limit, "messages:" + identifier, "created_at",
                              order == "desc", field="chat_messages")
        shown = []
        for message in page["chat_messages"]:
            message = json.loads(json.dumps(message))
            if chat.get("deleted_at") and self.state.get("deleted_style") != "older":
                message["content"] = []
                for name in ("files", "generated_files", "artifacts"):
                    message[name] = None
            for block in message.get("content") or []:
                self.cut(block, cuts)
            shown.append(message)
        page["chat_messages"] = shown
        return {**self.shown_chat(chat), **page}

    @staticmethod
    def cut(block, cuts):
        if block.get("type") == "tool_use" and isinstance(block.get("input"), str):
            size = cuts["tool_use"]
            if 0 <= size < len(block["input"]):
                block["input"], block["truncated"] = block["input"][:size], True
        if block.get("type") == "tool_result":
            size = cuts["tool_result"]
            for part in block.get("content") or []:
                if 0 <= size < len(part.get("text", "")):
                    part["text"], block["truncated"] = part["text"][:size], True

    # Files, generated files, artifacts hang on messages; their bytes lie apart.

    def hanging(self, field, identifier, name="id"):
        """The chats and messages that an object hangs on, and how a message shows it."""
        index = self.caches.get(("hanging", field))
        if index is None:
            index = {}
            for chat in self.state["chats"]:
                for message in chat["messages"]:
                    for entry in message.get(field) or []:
                        index.setdefault(entry[name], []).append((chat, message, entry))
            self.caches[("hanging", field)] = index
        return index.get(identifier, [])

    def require_readable(self, places, what):
        living = [place for place in places if not place[0].get("deleted_at")
                  or self.state.get("deleted_style") == "older"]
        if not living:
            raise Refusal(404, what)
        return living

    def project_file(self, identifier):
        for project in self.state["projects"]:
            for entry in project.get("attachments") or []:
                if entry["id"] == identifier:
                    return project, entry
        return None

    def bytes_of(self, identifier):
        entry = self.state["file_bytes"].get(identifier)
        if entry is None:
            return None
        if "generate" in entry:
            source = random.Random(entry["generate"].get("seed", 1))
            return source.randbytes(entry["generate"]["bytes"])
        if "text" in entry:
            return entry["text"].encode()
        return base64.b64decode(entry["base64"])

    def file(self, raw, key, identifier):
        Query(raw, set())
        attached = self.project_file(identifier)
        places = self.hanging("files", identifier)
        if not attached:
            places = self.require_readable(places, f"File not found: {identifier}")
        entry = attached[1] if attached else places[0][2]
        data = self.bytes_of(identifier)
        shown = {"id": identifier, "claude_chat_ids": sorted({place[0]["id"] for place in places}),
                 "message_ids": [place[1]["id"] for place in places],
                 "created_at": entry.get("created_at"), "filename": entry.get("filename"),
                 "mime_type": entry.get("mime_type")}
        if data is not None:
            shown.update(size_bytes=len(data), md5=hashlib.md5(data).hexdigest())
        shown.update(self.state["files"].get(identifier, {}))
        return shown

    def file_content(self, raw, key, identifier):
        Query(raw, set())
        attached = self.project_file(identifier)
        if attached:
            entry = attached[1]
        else:
            entry = self.require_readable(
                self.hanging("files", identifier), f"File not found: {identifier}")[0][2]
        data = self.bytes_of(identifier)
        if data is None:
            raise Refusal(404, f"File not found: {identifier}")
        return Download(data, entry.get("filename") or "", entry.get("mime_type"))

    def generated(self, raw, key, identifier):
        Query(raw, set())
        place = self.require_readable(self.hanging("generated_files", identifier),
                                      f"Generated file not found: '{identifier}'")[0]
        data = self.bytes_of(identifier) or b""
        return {**place[2], "claude_chat_id": place[0]["id"], "size_bytes": len(data),
                "md5": hashlib.md5(data).hexdigest()}

    def generated_content(self, raw, key, identifier):
        Query(raw, set())
        place = self.require_readable(self.hanging("generated_files", identifier),
                                      f"Generated file not found: '{identifier}'")[0]
        data = self.bytes_of(identifier)
        if data is None:
            raise Refusal(404, f"Generated file content not found: '{identifier}'")
        return Download(data, place[2].get("filename") or "", place[2].get("mime_type"))

    def artifact(self, raw, key, version):
        Query(raw, set())
        chat, message, entry = self.require_readable(
            self.hanging("artifacts", version, "version_id"),
            f"Artifact version not found: '{version}'")[0]
        text = self.state["artifact_text"].get(version, "")
        return {**entry, "claude_chat_id": chat["id"], "created_at": message["created_at"],
                "md5": hashlib.md5(text.encode()).hexdigest(), "size_bytes": len(text.encode())}

    def artifact_content(self, raw, key, version):
        entry = self.artifact(raw, key, version)
        text = self.state["artifact_text"].get(version)
        if text is None:
            raise Refusal(404, f"Artifact version not found: '{version}'")
        if self.state.get("artifact_style") == "older":
            return Download(text.encode(), "", "text/plain; charset=utf-8", plain=True)
        return {"content": text, "title": entry.get("title"),
                "artifact_type": entry.get("artifact_type")}

    # Projects

    def projects(self, raw, key):
        query = Query(raw, {"user_ids[]", "organization_ids[]", "limit", "page"}
                      | {field + end for field in ("created_at", "updated_at") for end in TIMES})
        limit = query.limit(20, 100)
        organisations = self.organisations(key, query.many("organization_ids[]"))
        people = query.many("user_ids[]")
        records = []
        for place, entry in self.sorted("projects", "created_at"):
            if organisations and entry["organization_uuid"] not in organisations:
                continue
            if people and (entry.get("user") or {}).get("id") not in people:
                continue
            if query.lets("created_at", place[0]) and query.lets(
                    "updated_at", micros(entry["updated_at"])):
                records.append({name: value for name, value in entry.items() if name not in (
                    "description", "instructions", "attachments", "collaborators")})
        return self.by_page(records, query, limit, "projects")

    def find_project(self, identifier):
        for entry in self.state["projects"]:
            if entry["id"] == identifier:
                return entry
        raise Refusal(404, "No project is found with the provided id.")

    def project(self, raw, key, identifier):
        Query(raw, set())
        entry = self.find_project(identifier)
        shown = {name: value for name, value in entry.items()
                 if name not in ("attachments", "collaborators")}
        shown["attachments_count"] = len(entry.get("attachments") or [])
        shown["chats_count"] = sum(
            chat.get("project_id") == identifier for chat in self.state["chats"])
        return shown

    def attachments(self, raw, key, identifier):
        query = Query(raw, {"limit", "page"})
        entry = self.find_project(identifier)
        records = sorted(entry.get("attachments") or [],
                         key=lambda record: (micros(record["created_at"]), record["id"]))
        return self.by_page(records, query, query.limit(20, 100), "attachments:" + identifier)

    def collaborators(self, raw, key, identifier):
        query = Query(raw, {"limit", "page"})
        entry = self.find_project(identifier)
        records = sorted(entry.get("collaborators") or [],
                         key=lambda record: micros(record["granted_at"]))
        return self.by_page(records, query, query.limit(20, 100), "collaborators:" + identifier)

    def find_document(self, identifier):
        for project in self.state["projects"]:
            for entry in project.get("attachments") or []:
                if entry["id"] == identifier and identifier in self.state["documents"]:
                    return project, entry, self.state["documents"][identifier]
        raise Refusal(404, "No project document found with the provided id.")

    def document(self, raw, key, identifier):
        Query(raw, set())
        project, entry, document = self.find_document(identifier)
        return {"id": identifier, "filename": entry["filename"], "content": document["content"],
                "created_at": entry["created_at"], "user": document.get("user")}

    def document_metadata(self, raw, key, identifier):
        Query(raw, set())
        project, entry, document = self.find_document(identifier)
        data = document["content"].encode()
        return {"id": identifier, "filename": entry["filename"], "created_at": entry["created_at"],
                "claude_project_id": project["id"], "md5": hashlib.md5(data).hexdigest(),
                "size_bytes": len(data), "mime_type": "text/plain"}

    # Sessions

    def local_sessions(self, raw, key):
        known = {"created_at.gte", "created_at.lt", "limit", "page"}
        if self.state.get("sessions_style") != "older":
            known.add("updated_at.gte")
        query = Query(raw, known, needs_offset=True)
        if self.state.get("local_sessions_off"):
            raise Refusal(404, "Local sessions are not available.")
        limit = query.limit(100, 500)
        organisations = self.organisations(key)
        records = []
        for place, entry in reversed(self.sorted("local_sessions", "created_at")):
            if organisations and entry["organization_uuid"] not in organisations:
                continue
            changed = entry.get("updated_at")
            if query.lets("created_at", place[0]) and query.lets(
                    "updated_at", micros(changed) if changed else place[0]):
                records.append(self.session_header(entry))
        return self.by_page(records, query, limit, "local_sessions", with_more=False)

    def session_header(self, entry):
        hidden = ("messages", "updated_at") if (
            self.state.get("sessions_style") == "older") else ("messages",)
        return {name: value for name, value in entry.items() if name not in hidden}

    def find_session(self, kind, identifier):
        for entry in self.state[kind + "_sessions"]:
            if entry["id"] == identifier:
                return entry
        raise Refusal(404, f"{kind.capitalize()} session not found.")

    def local_session(self, raw, key, identifier):
        Query(raw, set())
        return self.session_header(self.find_session("local", identifier))

    MESSAGE_PARAMETERS = {"order", "limit", "page", "tool_result_max_bytes",
                          "tool_use_input_max_bytes"}

    def session_page(self, raw, entry, endpoint):
        query = Query(raw, self.MESSAGE_PARAMETERS)
        for name in ("tool_result_max_bytes", "tool_use_input_max_bytes"):
            text = query.one(name, "10000")
            if not re.fullmatch(r"-?\d+", text) or int(text) == 0 or int(text) < -1:
                raise Refusal(400, f"{name}: Input should be -1 or greater than 0")
        records = entry["messages"]
        if query.one("order") == "desc":
            records = records[::-1]
        return self.by_page(records, query, query.limit(100, 1000),
                            endpoint + entry["id"], with_more=False, expires=True)

    def local_messages(self, raw, key, identifier):
        entry = self.find_session("local", identifier)
        page = self.session_page(raw, entry, "local:")
        header = self.session_header(entry)
        header["user"] = {"id": entry["user"]["id"]}
        return {"session": header, **page}

    def remote_sessions(self, raw, key):
        query = Query(raw, {"organization_ids[]", "user_ids[]", "limit", "page"}
                      | {"created_at" + end for end in TIMES})
        people = query.many("user_ids[]")
        if len(people) > 10:
            raise Refusal(400, "user_ids[]: List should have at most 10 items")
        organisations = self.organisations(key, query.many("organization_ids[]"))
        records = []
        for place, entry in reversed(self.sorted("remote_sessions", "created_at")):
            if organisations and entry["organization_uuid"] not in organisations:
                continue
            if people and (entry.get("user") or {}).get("id") not in people:
                continue
            if query.lets("created_at", place[0]):
                records.append({name: value for name, value in entry.items()
                                if name != "messages"})
        return self.by_page(records, query, query.limit(100, 500), "remote_sessions",
                            with_more=False)

    def remote_messages(self, raw, key, identifier):
        entry = self.find_session("remote", identifier)
        if entry.get("status") == "pending":
            raise Refusal(404, "Remote session not found.")
        page = self.session_page(raw, entry, "remote:")
        header = {name: value for name, value in entry.items()
                  if name not in ("messages", "started_by_user", "claude_project_id")}
        if header.get("user"):
            header["user"] = {"id": header["user"]["id"]}
        return {"session": header, **page}

    # Code artifacts

    def code_artifacts(self, raw, key):
        query = Query(raw, {"organization_ids[]", "user_ids[]", "limit", "page"}
                      | {"updated_at" + end for end in TIMES})
        organisations = self.organisations(key, query.many("organization_ids[]"))
        records = []
        for _, entry in self.sorted("code_artifacts", "id"):
            if organisations and entry["organization_uuid"] not in organisations:
                continue
            changed = entry.get("updated_at")
            if query.lets("updated_at", micros(changed) if changed else None):
                records.append(entry)
        return self.by_page(records, query, query.limit(20, 100), "code_artifacts")

    def code_artifact_content(self, raw, key, identifier, version):
        Query(raw, set())
        data = self.state["code_artifact_bytes"].get(f"{identifier}/{version}")
        if data is None:
            raise Refusal(404, "Code artifact version not found.")
        return Download(base64.b64decode(data["base64"]), "", "application/octet-stream")

    # Directory

    def list_organizations(self, raw, key):
        query = Query(raw, {"limit", "page"})
        reach = self.organisations(key)
        records = [entry for _, entry in self.sorted("organizations", "created_at")
                   if not reach or entry["uuid"] in reach]
        return self.by_page(records, query, query.limit(1000, 1000), "organizations")

    def require_organisation(self, key, uuid):
        self.organisations(key, [uuid])
        if not any(entry["uuid"] == uuid for entry in self.state["organizations"]):
            raise Refusal(404, "Organization not found.")

    def of_organisation(self, what, uuid):
        return [{name: value for name, value in entry.items()
                 if name not in ("organization_uuid", "permissions")}
                for _, entry in self.sorted(what, "created_at")
                if entry.get("organization_uuid", uuid) == uuid]

    def users(self, raw, key, uuid):
        query = Query(raw, {"limit", "page"})
        self.require_organisation(key, uuid)
        return self.by_page(self.of_organisation("users", uuid), query, query.limit(500, 1000),
                            "users:" + uuid)

    def roles(self, raw, key, uuid):
        query = Query(raw, {"limit", "page"})
        self.require_organisation(key, uuid)
        return self.by_page(self.of_organisation("roles", uuid), query, query.limit(500, 1000),
                            "roles:" + uuid)

    def find_role(self, uuid, identifier):
        for entry in self.state["roles"]:
            if entry["id"] == identifier and entry.get("organization_uuid", uuid) == uuid:
                return entry
        raise Refusal(404, "Role not found.")

    def role(self, raw, key, uuid, identifier):
        Query(raw, set())
        entry = self.find_role(uuid, identifier)
        return {name: value for name, value in entry.items()
                if name not in ("organization_uuid", "permissions")}

    def permissions(self, raw, key, uuid, identifier):
        query = Query(raw, {"limit", "page"})
        entry = self.find_role(uuid, identifier)
        return self.by_page(entry.get("permissions", []), query, query.limit(500, 1000),
                            "permissions:" + identifier)

    def effective_settings(self, raw, key, uuid):
        Query(raw, set())
        self.require_organisation(key, uuid)
        return self.state["settings"].get(uuid, {"settings": [], "api_keys": []})

    def groups(self, raw, key):
        query = Query(raw, {"name_prefix", "limit", "page"})
        prefix = query.one("name_prefix", "")
        records = [entry for _, entry in self.sorted("groups", "created_at")
                   if entry["name"].startswith(prefix)]
        return self.by_page(records, query, query.limit(500, 1000), "groups")

    def group(self, raw, key, identifier):
        Query(raw, set())
        for entry in self.state["groups"]:
            if entry["id"] == identifier:
                return entry
        raise Refusal(404, "Group not found.")

    def members(self, raw, key, identifier):
        query = Query(raw, {"limit", "page"})
        self.group("", key, identifier)
        return self.by_page(self.state["memberships"].get(identifier, []), query,
                            query.limit(500, 1000), "members:" + identifier)

    # Deletes: every one is recorded, whatever becomes of it.

    def deleted(self, identifier, kind, activity):
        self.changed()
        return {"id": identifier, "type": kind, "_activity": activity}

    def delete_chat(self, raw, key, identifier):
        Query(raw, set())
        if self.chat(identifier) is None:
            raise Refusal(404, f"Chat conversation not found: '{identifier}'")
        self.state["chats"] = [chat for chat in self.state["chats"] if chat["id"] != identifier]
        return self.deleted(identifier, "claude_chat_deleted", {
            "type": "claude_chat_deleted", "claude_chat_id": identifier})

    def delete_file(self, raw, key, identifier):
        Query(raw, set())
        places, attached = self.hanging("files", identifier), self.project_file(identifier)
        if not places and not attached:
            raise Refusal(404, f"File not found: {identifier}")
        for _, message, entry in places:
            message["files"].remove(entry)
        if attached:
            attached[0]["attachments"].remove(attached[1])
        return self.deleted(identifier, "claude_file_deleted", {
            "type": "claude_file_deleted", "claude_file_id": identifier})

    def delete_document(self, raw, key, identifier):
        Query(raw, set())
        project, entry, _ = self.find_document(identifier)
        project["attachments"].remove(entry)
        del self.state["documents"][identifier]
        return self.deleted(identifier, "claude_project_document_deleted", {
            "type": "claude_project_document_deleted", "claude_project_document_id": identifier})

    def delete_project(self, raw, key, identifier):
        Query(raw, set())
        entry = self.find_project(identifier)
        if any(chat.get("project_id") == identifier for chat in self.state["chats"]):
            raise Refusal(409, f"Project {identifier} has chats attached to it.")
        self.state["projects"].remove(entry)
        return self.deleted(identifier, "claude_project_deleted", {
            "type": "claude_project_deleted", "claude_project_id": identifier})

    def delete_code_artifact(self, raw, key, identifier):
        Query(raw, set())
        before = len(self.state["code_artifacts"])
        self.state["code_artifacts"] = [
            entry for entry in self.state["code_artifacts"] if entry["id"] != identifier]
        if len(self.state["code_artifacts"]) == before:
            raise Refusal(404, "Code artifact not found.")
        return self.deleted(identifier, "code_artifact_deleted", {
            "type": "code_artifact_deleted", "code_artifact_id": identifier})

    # --- one request ---------------------------------------------------------------------------

    def fault(self, method, path):
        """The action of the first rule that fires for a request; all rules count it."""
        action = None
        for entry in self.rules:
            match = entry["rule"].get("match", {})
            if match.get("method", method) != method:
                continue
            if not re.search(match.get("path_regex", ""), path):
                continue
            entry["seen"] += 1
            seen, nth, every = entry["seen"], match.get("nth"), match.get("every")
            fires = nth is None and every is None
            if nth is not None:
                fires = seen in nth if isinstance(nth, list) else seen == nth
            if every is not None:
                fires = fires or seen % every == 0
            if fires and action is None:
                action = entry["rule"]["action"]
        return action

    def tidy(self, value):
        """Fields without a value are left out or null, as the fixture asks."""
        if self.state.get("null_style", "omit") != "omit":
            return value
        return self.without_nulls(value)

    def without_nulls(self, value):
        if isinstance(value, dict):
            return {name: self.without_nulls(part) for name, part in value.items()
                    if part is not None or name in ("next_page", "first_id", "last_id",
                                                    "previous_value", "current_value")}
        if isinstance(value, list):
            return [self.without_nulls(part) for part in value]
        return value

    def handle(self, method, path, raw_query, headers):
        """Gives status, headers, body (bytes or Download) and the fault's action."""
        with self.lock:
            self.count += 1
            number = self.count
            request_id = f"req_{number:012d}"
            action = self.fault(method, path)
            kind = action["type"] if action else None
            if method == "DELETE":
                self.deletes.append(path)
            status, extra, body = 200, {}, None
            try:
                early = self.early_fault(action, kind)
                if early is not None:
                    status, extra, body = early
                else:
                    body = self.answer(method, path, raw_query, headers)
            except Refusal as refusal:
                status, extra = refusal.status, dict(refusal.headers)
                if 400 <= status < 500 and status not in (408, 409, 425, 429):
                    extra.setdefault("x-should-retry", "false")
                body = {"type": "error", "error": {"type": refusal.kind,
                                                   "message": refusal.message}}
                if "request-id" not in refusal.headers:
                    body["request_id"] = request_id
            if status == 200:
                self.accept(method, path, raw_query, request_id, headers, body)
                if isinstance(body, dict):
                    body.pop("_activity", None)
            shown = {"request-id": request_id,
                     "anthropic-ratelimit-requests-limit": "600",
                     "anthropic-ratelimit-requests-remaining": str(max(0, 600 - number % 600)),
                     "anthropic-ratelimit-requests-reset": text_of(self.now + 60_000_000)}
            shown.update(extra)
            shown = {name: value for name, value in shown.items() if value is not None}
            if isinstance(body, dict):
                body = self.tidy(body)
                if status == 200:
                    self.late_fault(action, kind, path, body, raw_query)
                shown["content-type"] = "application/json"
                body = json.dumps(body, ensure_ascii=False).encode()
            self.journal.write(json.dumps({
                "n": number, "method": method, "path": path, "query": raw_query,
                "status": status, "request_id": request_id, "fault": kind,
                "key": "x-api-key" in headers or "authorization" in headers,
                "time": time.monotonic()}) + "\n")
            self.journal.flush()
            for due, operations in list(self.pending):
                if self.accepted >= due:
                    self.pending.remove((due, operations))
                    self.mutate(operations)
            return status, shown, body, action

    def accept(self, method, path, raw_query, request_id, headers, body):
        self.accepted += 1
        url = (self.public_url or "https://api.anthropic.com") + path + (
            "?" + raw_query if raw_query else "")
        common = {"created_at": text_of(self.now + self.accepted),
                  "actor": {"type": "api_actor", "api_key_id": "apikey_01STANDIN",
                            "ip_address": "127.0.0.1",
                            "user_agent": headers.get("user-agent", "")}}
        if not self.state.get("without_own_activities"):
            self.state["activities"].append({
                "id": f"activity_01CALL{self.accepted:016d}", **common,
                "type": "compliance_api_accessed", "request_id": request_id,
                "request_method": method, "url": url, "status_code": 200})
        if isinstance(body, dict) and "_activity" in body:
            self.state["activities"].append({
                "id": f"activity_01DELETE{self.accepted:014d}", **common, **body["_activity"]})

    # --- faults (section 4.2) ------------------------------------------------------------------

    def early_fault(self, action, kind):
        if kind == "status":
            return self.plain(action["status"], action.get("body", "json"), action)
        if kind == "rate_limit":
            retry = action.get("retry_after", 1)
            headers = {"retry-after": str(retry)}
            if action.get("variant") == "none":
                headers = {}
            elif action.get("variant") == "date":
                moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
                    seconds=float(retry))
                headers = {"retry-after": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")}
            elif action.get("variant") == "remote":
                headers = {"retry-after": "1"}
            raise Refusal(429, "Number of requests has exceeded your rate limit.",
                          headers=headers)
        if kind == "unavailable":
            wordings = {
                "index": "The local session index is temporarily unavailable.",
                "content": "Captured content is temporarily unavailable.",
                "retention": "Retention overrides are temporarily unavailable."}
            status = action.get("status", 503)
            if status in (502, 504):
                return self.plain(status, "html", action)
            raise Refusal(status, wordings.get(action.get("variant"), "Overloaded"),
                          headers={"x-should-retry": None})
        if kind == "internal":
            headers = {"x-should-retry": "false"} if action.get("final") else {}
            raise Refusal(500, "Internal server error", headers=headers)
        if kind == "redirect":
            return 302, {"location": action["location"], "content-type": "text/plain",
                         **action.get("headers", {})}, b""
        return None

    @staticmethod
    def plain(status, form, action):
        if form == "json":
            raise Refusal(status, action.get("message", "A fault of the script."),
                          kind=action.get("error_type"), headers=action.get("headers"))
        if form == "html":
            return status, {"content-type": "text/html"}, (
                b"<html><body><h1>Bad gateway</h1></body></html>")
        return status, {}, b""

    def late_fault(self, action, kind, path, body, raw_query):
        field = next((name for name in ("data", "chat_messages") if name in body), None)
        if field:
            records = body[field]
            goes_on = re.search(r"(^|&)(after_id|before_id|page)=", raw_query)
            if kind == "duplicate" and goes_on and self.last_page.get(path):
                records.insert(0, self.last_page[path])
            if kind == "skip":
                # As where a record before it was deleted since the page before.
                records[:] = [record for record in records if record["id"] != action["id"]]
            if kind == "reorder" and len(records) > 1:
                records[0], records[1] = records[1], records[0]
            if records:
                self.last_page[path] = records[-1]
        if kind == "extra":
            self.add_unknown(body, field)
        if kind == "wrong_next":
            body["has_more"] = True
            for name in ("last_id", "first_id", "next_page"):
                if name in body:
                    body[name] = None
        if kind == "has_more":
            body.pop("has_more", None)
            if "value" in action:
                body["has_more"] = action["value"]
        if kind == "loop":
            for name in ("last_id", "next_page"):
                if name in body:
                    body[name] = action.get("cursor", "bG9vcA")
            body["has_more"] = True

    @staticmethod
    def add_unknown(body, field):
        body["future_field"] = {"nested": [1, 2.5, None, "späť"]}
        for record in body.get(field, []) if field else []:
            record["future_field"] = "kept as it stands"
            if isinstance(record.get("content"), list):
                record["content"].append({"type": "future_block", "payload": {"words": "unseen"}})
            if isinstance(record.get("actor"), dict):
                record["actor"] = {"type": "future_actor", "future_id": "future_01"}
            if "provenance" in record:
                record["provenance"] = {"type": "future_provenance", "reason": "future_reason"}


class Download:
    def __init__(self, data, name, media_type, plain=False):
        self.data, self.plain = data, plain
        self.headers = {"content-type": media_type or "application/octet-stream"}
        if not plain:
            self.headers["content-md5"] = base64.b64encode(hashlib.md5(data).digest()).decode()
            self.headers["content-disposition"] = (
                "attachment; filename*=utf-8''" + urllib.parse.quote(name, safe=""))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stand-in"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def do_any(self):
        length = int(self.headers.get("content-length") or 0)
        if length:
            self.rfile.read(length)
        path, _, raw_query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, shown, body, action = self.server.api.handle(
            self.command, urllib.parse.unquote(path), raw_query, headers)
        kind = action["type"] if action else None
        if kind == "kill":
            self.kill(action)
        if kind == "reset":
            self.close_connection = True
            self.connection.close()
            return
        if kind == "delay":
            time.sleep(action.get("milliseconds", 0) / 1000)
        chunked = isinstance(body, Download)
        if chunked:
            shown.update(body.headers)
            body = body.data
        if kind == "corrupt" and body:
            place = action.get("at", len(body) // 2)
            body = body[:place] + bytes([body[place] ^ 1]) + body[place + 1:]
            if action.get("silent"):
                shown.pop("content-md5", None)
        if kind == "bad_json":
            variant = action.get("variant", "cut")
            body = {"cut": body[:-3], "trailing": body + b" trailing",
                    "utf8": body.replace(b'"', b'"\xff\xfe', 1)}[variant]
        if kind == "gzip":
            body = gzip.compress(body, mtime=0)
            shown["content-encoding"] = "gzip"
        self.send(status, shown, body, chunked, action if kind in ("truncate", "delay") else None)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_any

    def send(self, status, headers, body, chunked, action):
        limit = None
        pause = 0
        if action and action["type"] == "truncate":
            limit = action.get("bytes", len(body) // 2)
        if action and action["type"] == "delay":
            pause = action.get("between", 0) / 1000
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if chunked:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            if not chunked:
                self.wfile.write(body if limit is None else body[:limit])
            else:
                size = 64 << 10
                if pause:
                    size = max(1, len(body) // 4)
                sent = 0
                while sent < len(body):
                    part = body[sent:sent + size]
                    if limit is not None and sent + len(part) > limit:
                        part = part[:limit - sent]
                    if part:
                        self.wfile.write(b"%x\r\n" % len(part) + part + b"\r\n")
                        sent += len(part)
                    if limit is not None and sent >= limit:
                        break
                    if pause:
                        self.wfile.flush()
                        time.sleep(pause)
                if limit is None:
                    self.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            limit = 0
        if limit is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()

    def kill(self, action):
        """Ends the client, which is on this machine: the owner of the other end of the socket."""
        # Both ends count: another connection, or one that has ended, may have the client's port.
        ends = [f":{self.client_address[1]:04X}", f":{self.server.server_address[1]:04X}"]
        with open("/proc/net/tcp", encoding="ascii") as file:
            inode = next(fields[9] for fields in (line.split() for line in file)
                         if [fields[1][-5:], fields[2][-5:]] == ends and fields[9] != "0")
        for folder in os.listdir("/proc"):
            if not folder.isdigit():
                continue
            try:
                targets = [os.readlink(f"/proc/{folder}/fd/{number}")
                           for number in os.listdir(f"/proc/{folder}/fd")]
            except OSError:
                continue
            if f"socket:[{inode}]" in targets:
                os.kill(int(folder), getattr(signal, action.get("signal", "SIGKILL")))
                if action.get("signal", "SIGKILL") == "SIGKILL":
                    self.close_connection = True
                    time.sleep(0.1)
                return


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, ValueError, OSError)):
            super().handle_error(request, client_address)


def obey(api, line):
    command = json.loads(line)
    with api.lock:
        if "faults" in command:
            api.set_faults(command["faults"])
        if "mutate" in command:
            api.mutate(command["mutate"])
        if "mutate_after" in command:
            api.pending.append((api.accepted + command["mutate_after"], command["mutations"]))
        if "now" in command:
            api.now = micros(command["now"])
        return {"requests": api.count, "accepted": api.accepted, "deletes": api.deletes}


def main():
    arguments = sys.argv[1:]
    port, public_url = 0, ""
    if "--port" in arguments:
        port = int(arguments[arguments.index("--port") + 1])
    if "--public-url" in arguments:
        public_url = arguments[arguments.index("--public-url") + 1]
    api = Server(arguments[0], public_url)
    listener = Listener(("127.0.0.1", port), Handler)
    listener.api = api
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    print(listener.server_address[1], flush=True)
    for line in sys.stdin:
        if line.strip():
            try:
                print(json.dumps(obey(api, line)), flush=True)
            except Exception as error:  # a mistake of the test, told to it
                print(json.dumps({"error": repr(error)}), flush=True)


if __name__ == "__main__":
    main()
