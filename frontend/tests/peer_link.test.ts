import assert from "node:assert/strict";
import { test } from "node:test";
import { askForSilence } from "../src/room/peer_link.ts";

const offer = (sdp: string) => askForSilence({ type: "offer", sdp }).sdp;

test("opus is told to be silent in silence, other codecs are left alone", () => {
  const sdp = "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:96 VP8/90000\r\n";
  const told = "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\na=rtpmap:96 VP8/90000\r\n";
  assert.equal(offer(sdp), told);
  assert.equal(offer(told), told);
});

test("opus without parameters gets its first", () => {
  const sdp = "a=rtpmap:96 opus/48000/2\r\na=rtcp-fb:96 nack\r\n";
  assert.equal(offer(sdp), "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 usedtx=1\r\na=rtcp-fb:96 nack\r\n");
});

test("a description without opus stays as it is", () => {
  assert.equal(offer("a=rtpmap:0 PCMU/8000\r\n"), "a=rtpmap:0 PCMU/8000\r\n");
});
