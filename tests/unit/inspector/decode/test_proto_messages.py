"""Messages written by the Protobuf runtime; the descriptors were made by protoc of the file below."""

from __future__ import annotations

import base64

import pytest
from google.protobuf import descriptor_pool, json_format, timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message_factory import GetMessageClass

from inspector.decode import decode
from inspector.decode.base import About, Declined
from inspector.decode.proto_messages import names, read_framed
from inspector.decode.proto_source import NotProto, file_descriptor
from inspector.decode.schemas import Language, Schema

SOURCE = """syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
option java_package = "x.y";
// a comment
enum State { UNKNOWN = 0; PAID = 1; }
message Money { int64 units = 1; sint32 nanos = 2; }
message Order {
  reserved 20, 30 to 40;
  string id = 1; Money total = 2 [deprecated = true];
  repeated int32 amounts = 3; map<string, Line> lines = 4;
  oneof way { string card = 5; Line.Kind kind = 6; }
  message Line { enum Kind { A = 0; B = 1; } string sku = 1; double price = 2; bytes raw = 3; }
  State state = 7; google.protobuf.Timestamp at = 8; optional uint32 count = 9;
}
service S { rpc Get (Order) returns (Money) { option deprecated = true; } }
"""
DESCRIPTORS = (
    "CrYFCgd0LnByb3RvEgRzaG9wGh9nb29nbGUvcHJvdG9idWYvdGltZXN0YW1wLnByb3RvIjMKBU1vbmV5EhQKBXVuaXRzGAEg"
    "ASgDUgV1bml0cxIUCgVuYW5vcxgCIAEoEVIFbmFub3Mi9AMKBU9yZGVyEg4KAmlkGAEgASgJUgJpZBIlCgV0b3RhbBgCIAEo"
    "CzILLnNob3AuTW9uZXlCAhgBUgV0b3RhbBIYCgdhbW91bnRzGAMgAygFUgdhbW91bnRzEiwKBWxpbmVzGAQgAygLMhYuc2hv"
    "cC5PcmRlci5MaW5lc0VudHJ5UgVsaW5lcxIUCgRjYXJkGAUgASgJSABSBGNhcmQSKwoEa2luZBgGIAEoDjIVLnNob3AuT3Jk"
    "ZXIuTGluZS5LaW5kSABSBGtpbmQSIQoFc3RhdGUYByABKA4yCy5zaG9wLlN0YXRlUgVzdGF0ZRIqCgJhdBgIIAEoCzIaLmdv"
    "b2dsZS5wcm90b2J1Zi5UaW1lc3RhbXBSAmF0EhkKBWNvdW50GAkgASgNSAFSBWNvdW50iAEBGkoKCkxpbmVzRW50cnkSEAoD"
    "a2V5GAEgASgJUgNrZXkSJgoFdmFsdWUYAiABKAsyEC5zaG9wLk9yZGVyLkxpbmVSBXZhbHVlOgI4ARpWCgRMaW5lEhAKA3Nr"
    "dRgBIAEoCVIDc2t1EhQKBXByaWNlGAIgASgBUgVwcmljZRIQCgNyYXcYAyABKAxSA3JhdyIUCgRLaW5kEgUKAUEQABIFCgFC"
    "EAFCBQoDd2F5QggKBl9jb3VudEoECBQQFUoECB4QKSoeCgVTdGF0ZRILCgdVTktOT1dOEAASCAoEUEFJRBABMikKAVMSJAoD"
    "R2V0Egsuc2hvcC5PcmRlchoLLnNob3AuTW9uZXkiA4gCAUIFCgN4LnliBnByb3RvMw=="
)
ORDER = {
    "id": "o-1", "total": {"units": 12, "nanos": -5}, "amounts": [1, -2, 300],
    "lines": {"a": {"sku": "x", "price": 1.5, "raw": "AP8="}}, "kind": "B", "state": "PAID",
    "at": "2026-11-23T10:00:00.500Z", "count": 0,
}  # fmt: skip
READ = {
    "id": "o-1", "total": {"units": 12, "nanos": -5}, "amounts": [1, -2, 300],
    "lines": {"a": {"sku": "x", "price": 1.5, "raw": b"\0\xff"}}, "kind": "B", "state": "PAID",
    "at": "2026-11-23T10:00:00.500Z", "count": 0,
}  # fmt: skip
SCHEMAS = [Schema(Language.PROTOBUF, SOURCE), Schema(Language.PROTOBUF, DESCRIPTORS, "t.desc")]


def written() -> bytes:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    for file in FileDescriptorSet.FromString(base64.b64decode(DESCRIPTORS)).file:
        pool.Add(file)
    message = GetMessageClass(pool.FindMessageTypeByName("shop.Order"))()
    json_format.ParseDict(ORDER, message)
    data: bytes = message.SerializeToString()
    return data


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_message_behind_its_indexes_is_read(schema: Schema) -> None:
    assert read_framed(b"\x02\x02" + written(), schema) == (READ, "shop.Order")
    assert read_framed(b"\x00\x08\x0c", schema) == ({"units": 12, "nanos": 0}, "shop.Money")
    _, name = read_framed(b"\x04\x02\x02\x0a\x01z", schema)
    assert name in ("shop.Order.Line", "shop.Order.LinesEntry")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_all_messages_are_named(schema: Schema) -> None:
    assert {"shop.Order", "shop.Order.Line", "shop.Money"} <= set(names(schema))


def test_the_text_means_what_protoc_says_of_it() -> None:
    (made,) = FileDescriptorSet.FromString(base64.b64decode(DESCRIPTORS)).file
    ours = file_descriptor("t.proto", SOURCE)
    for message, theirs in zip(ours.message_type, made.message_type, strict=True):
        assert [(f.name, f.number, f.label) for f in message.field] == [
            (f.name, f.number, f.label) for f in theirs.field
        ]
        assert [nested.name for nested in message.nested_type] == [
            nested.name for nested in theirs.nested_type
        ]
        assert [one.name for one in message.oneof_decl] == [one.name for one in theirs.oneof_decl]


@pytest.mark.parametrize("data", [b"\x02\x08" + b"\x00", b"\x01", b"", b"\x00\xff"])
def test_what_does_not_fit_is_declined(data: bytes) -> None:
    with pytest.raises(Declined):
        read_framed(data, SCHEMAS[0])


@pytest.mark.parametrize(
    "text", ["message A {", "message A { int32 a = x; }", "message A { $ }", 'edition = "2023";']
)
def test_a_text_that_is_no_proto_file_is_told(text: str) -> None:
    with pytest.raises(NotProto):
        file_descriptor("a.proto", text)


def test_a_message_without_its_schema_is_guessed_and_said_to_be() -> None:
    decoded = decode(written(), about=About())
    assert decoded.encoding == "Protobuf (a guess)"
    assert decoded.value["1"] == "o-1"
    assert decoded.value["2"]["1"] == 12
    assert "guessed" in decoded.problem
