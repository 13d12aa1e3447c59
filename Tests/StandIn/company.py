#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes fixtures for the stand-in of the Compliance API.

    company.py small FOLDER
    company.py large FOLDER CHATS MESSAGES_PER_CHAT
"""
import base64
import json
import os
import sys

ORG, OTHER = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-8999-aaaaaaaaaaaa"
KEY = "sk-ant-api01-test-reader-0123456789"
ALL = ["read:compliance_activities", "read:compliance_user_data", "read:compliance_org_data"]


def user(number):
    return {"id": f"user_01TEST{number:03d}", "email_address": f"person{number}@example.org"}


def time(day, minute=0, second=0):
    return f"2026-05-{day:02d}T09:{minute:02d}:{second:02d}Z"


def text(words):
    return [{"type": "text", "text": words, "thinking_redacted": False, "truncated": False}]


def chat(number, owner, day, messages, **fields):
    return {"id": f"claude_chat_01T{number:05d}", "name": f"Chat {number}",
            "created_at": time(day), "updated_at": time(day, 30),
            "href": f"https://claude.ai/chat/aaaaaaaa-bbbb-4ccc-8ddd-{number:012d}",
            "model": "claude-example-1", "organization_uuid": ORG, "user": user(owner),
            "messages": messages, **fields}


def message(chat_number, number, role, day, words, **fields):
    return {"id": f"claude_chat_msg_{chat_number:05d}x{number:04d}", "role": role,
            "created_at": time(day, number % 60, number // 60), "content": text(words), **fields}


def activity(number, kind, day, person, **fields):
    return {"id": f"activity_01T{number:05d}", "created_at": time(day, number % 60),
            "organization_uuid": ORG,
            "actor": {"type": "user_actor", "user_id": user(person)["id"],
                      "email_address": user(person)["email_address"], "ip_address": "192.0.2.7",
                      "user_agent": "Mozilla/5.0"}, "type": kind, **fields}


def small():
    chats = [
        chat(1, 1, 1, [
            message(1, 0, "user", 1, "Draft the budget offer", files=[
                {"id": "claude_file_01F", "filename": "../../etc/x", "mime_type": "text/plain",
                 "size_bytes": 3, "md5": "900150983cd24fb0d6963f7d28e17f72",
                 "created_at": time(1)}]),
            {"id": "claude_chat_msg_00001x0001", "role": "assistant", "created_at": time(1, 1),
             "content": [
                 {"type": "tool_use", "id": "toolu_01T", "name": "web_search",
                  "input": json.dumps({"query": "offer law " + "x" * 12000}), "truncated": False},
                 {"type": "tool_result", "tool_use_id": "toolu_01T", "name": "web_search",
                  "is_error": False, "content": [{"type": "text", "text": "3 hits"}],
                  "truncated": False}] + text("Here is a draft."),
             "artifacts": [{"id": "claude_artifact_01R",
                            "version_id": "claude_artifact_version_01R1", "title": "Offer",
                            "artifact_type": "text/markdown"}],
             "generated_files": [{"id": "claude_gen_file_01G", "filename": "a\u0000b.csv",
                                  "mime_type": "text/csv"}]}]),
        chat(2, 2, 2, [message(2, number, ("user", "assistant")[number % 2], 2,
                               f"quarterly plan {number}") for number in range(5)],
             project_id="claude_proj_01P"),
        chat(3, 3, 3, [message(3, 0, "user", 3, "a word with the same file", files=[
            {"id": "claude_file_01F", "filename": "../../etc/x", "created_at": time(3)},
            {"id": "claude_file_01E", "filename": "", "mime_type": "application/pdf",
             "created_at": time(3)}])]),
        chat(4, 1, 4, [message(4, 0, "user", 4, "never mind")], name=""),
    ]
    # Somebody who left: no list of users has them.
    chats.append(chat(5, 9, 5, [message(5, 0, "user", 5, "goodbye budget")]))
    activities = [
        activity(number, "claude_chat_created", number, (1, 2, 3, 1, 9)[number - 1],
                 claude_chat_id=chats[number - 1]["id"]) for number in range(1, 6)]
    activities += [
        activity(6, "claude_chat_created", 6, 2, claude_chat_id="claude_chat_01LOST"),
        activity(7, "claude_chat_deleted", 6, 2, claude_chat_id="claude_chat_01LOST"),
        activity(8, "claude_project_created", 1, 2, claude_project_id="claude_proj_01P"),
        activity(9, "claude_file_uploaded", 1, 1, claude_file_id="claude_file_01F",
                 filename="x"),
    ]
    activities.append({"id": "activity_01T00010", "created_at": time(7),
                       "actor": {"type": "system_actor"}, "type": "sso_certificate_rotated"})
    return {
        "now": "2026-06-01T12:00:00Z",
        "keys": [{"key": KEY, "scopes": ALL},
                 {"key": "sk-ant-api01-test-deleter-0123456789",
                  "scopes": ALL + ["delete:compliance_user_data"]},
                 {"key": "sk-ant-api01-test-feedonly-0123456789",
                  "scopes": ["read:compliance_activities"]},
                 {"key": "sk-ant-admin01-test-admin-0123456789", "scopes": []},
                 {"key": "sk-ant-api01-test-inactive-0123456789", "scopes": ALL,
                  "active": False}],
        "organizations": [
            {"uuid": ORG, "name": "Example GmbH", "created_at": "2025-01-02T03:04:05.000000+00:00"},
            {"uuid": OTHER, "name": "Example Ltd", "created_at": "2025-01-03T03:04:05+00:00"}],
        "users": [
            {"id": user(number)["id"], "email": user(number)["email_address"],
             "full_name": f"Person {number}", "created_at": f"2025-02-0{number}T00:00:00Z",
             "organization_role": "user", "organization_uuid": OTHER if number == 3 else ORG}
            for number in (1, 2, 3)],
        "roles": [{"id": "rbac_role_01A", "name": "Reader", "description": "",
                   "created_at": "2025-02-01T00:00:00", "organization_uuid": ORG,
                   "permissions": [{"action": "read", "resource_type": "chat",
                                    "resource_id": "*"}]}],
        "groups": [{"id": "rbac_group_01A", "name": "Legal", "description": "",
                    "source_type": "direct", "created_at": "2025-02-01T00:00:00"}],
        "memberships": {"rbac_group_01A": [
            {"user_id": user(1)["id"], "email": user(1)["email_address"]}]},
        "settings": {ORG: {"settings": [
            {"name": "data_retention", "type": "data_retention",
             "value": {"all": {"type": "fixed", "duration": 90, "timescale": "day"}}}],
            "api_keys": []}},
        "chats": chats, "activities": activities,
        "projects": [{"id": "claude_proj_01P", "name": "Plan", "created_at": time(1),
                      "updated_at": time(2), "is_private": False, "organization_uuid": ORG,
                      "user": user(2), "description": "About planning",
                      "instructions": "Answer with figures",
                      "attachments": [
                          {"type": "project_doc", "id": "claude_proj_doc_01D",
                           "filename": "notes.txt", "created_at": time(1),
                           "mime_type": "text/plain"},
                          {"type": "project_file", "id": "claude_file_01PF",
                           "filename": "CON.txt", "created_at": time(1, 1),
                           "mime_type": "text/plain"}],
                      "collaborators": [
                          {"type": "user", "user_id": user(1)["id"], "role": "viewer",
                           "granted_at": time(1)},
                          {"type": "organization", "organization_uuid": ORG, "role": "viewer",
                           "granted_at": time(1, 1)}]}],
        "documents": {"claude_proj_doc_01D": {"content": "budget figures of the year"}},
        "local_sessions": [{"type": "compliance_local_session", "id": "clls_01S",
                            "organization_uuid": ORG, "user": user(2),
                            "product_surface": "claude_code", "created_at": time(8),
                            "updated_at": time(8, 30),
                            "messages": [
                                {"type": "compliance_local_session_message", "id": "clsm_01A",
                                 "role": "user", "created_at": time(8),
                                 "content": [{"type": "text", "text": "fix the budget test",
                                              "truncated": False}]},
                                {"type": "compliance_local_session_message", "id": "clsm_01B",
                                 "role": "assistant", "created_at": time(8),
                                 "provenance": {"type": "client_asserted"},
                                 "content": [{"type": "text", "text": "done before",
                                              "truncated": False}]},
                                {"type": "compliance_local_session_message", "id": "clsm_01C",
                                 "role": "assistant", "created_at": time(8),
                                 "provenance": {"type": "content_unavailable",
                                                "reason": "oversize"}, "content": []}]}],
        "remote_sessions": [{"id": "cse_01R", "organization_uuid": ORG, "user": user(1),
                             "status": "archived", "created_at": time(9),
                             "updated_at": time(9, 5), "product_surface": "cowork_remote",
                             "messages": [
                                 {"id": "csev_01A", "role": "user", "created_at": time(9, 1),
                                  "content": [{"type": "text", "text": "sort the plan files",
                                               "truncated": False}]},
                                 {"id": "csev_01B", "role": "assistant",
                                  "created_at": time(9, 0), "content": [],
                                  "content_unavailable": True}]}],
        "code_artifacts": [{"id": "cart_01C", "organization_uuid": ORG,
                            "owner_user_id": user(2)["id"], "user": user(2),
                            "read_mode": "org", "published_version_id": "cartv_02",
                            "updated_at": time(10, 5),
                            "versions": [
                                {"id": "cartv_01", "name": "Budget page", "created_at": time(10)},
                                {"id": "cartv_02", "name": "Budget page",
                                 "created_at": time(10, 5)}]}],
        "code_artifact_bytes": {
            "cart_01C/cartv_01": {"base64": base64.b64encode(b"<p>first sketch</p>").decode()},
            "cart_01C/cartv_02": {"base64": base64.b64encode(b"<p>zebra figures</p>").decode()}},
        "file_bytes": {
            "claude_file_01F": {"base64": "YWJj"}, "claude_file_01E": {"base64": ""},
            "claude_file_01PF": {"text": "canary in a project file"},
            "claude_gen_file_01G": {"generate": {"bytes": 300_000, "seed": 7}}},
        "artifact_text": {"claude_artifact_version_01R1": "# Offer\n\nbudget clause"}}


def large(chat_count, message_count):
    state = small()
    state["without_own_activities"] = True
    state["activities"] = []
    state["chats"] = [
        {"id": f"claude_chat_01L{number:07d}", "name": f"Chat {number}",
         "created_at": f"2026-04-{number % 28 + 1:02d}T{number % 24:02d}:00:00Z",
         "updated_at": f"2026-05-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}:00Z",
         "href": f"https://claude.ai/chat/aaaaaaaa-bbbb-4ccc-8ddd-{number:012d}",
         "model": "claude-example-1", "organization_uuid": ORG, "user": user(number % 3 + 1),
         "messages": [
             {"id": f"claude_chat_msg_{number:07d}x{index:03d}",
              "role": ("user", "assistant")[index % 2],
              "created_at": f"2026-04-{number % 28 + 1:02d}T{number % 24:02d}:{index % 60:02d}:00Z",
              "content": text(f"message {index} of chat {number} about budget w{number % 997} "
                              + "and what else was said " * 8)}
             for index in range(message_count)]}
        for number in range(chat_count)]
    return state


def main():
    if sys.argv[1] == "large":
        state = large(int(sys.argv[3]), int(sys.argv[4]))
    else:
        state = small()
    with open(os.path.join(sys.argv[2], "fixture.json"), "w", encoding="utf-8") as file:
        json.dump(state, file)


if __name__ == "__main__":
    main()
