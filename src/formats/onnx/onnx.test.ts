import { describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../imaging/random.ts';
import { FormatError } from '../errors.ts';
import { inspectOnnx } from './inspect.ts';
import { Message, type OnnxModel, writeOnnx } from './model.ts';

const model: OnnxModel = {
  name: 'nothing',
  description: 'passes a picture through',
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {} }],
  initializers: [],
  inputs: [{ name: 'x', type: 'float32', shape: [1, 3, 'h', 'w'], description: '' }],
  outputs: [{ name: 'y', type: 'float32', shape: [1, 3, 'h', 'w'], description: '' }],
  metadata: { licence: 'CC0', tile: '64', title: 'Größe ×4' },
};

const bytes = (message: Message) => Uint8Array.from(message.parts.flatMap((part) => [...part]));

describe('the wire format', () => {
  it('has the bytes of the protobuf documentation’s examples', () => {
    expect([...bytes(new Message().int(1, 150))]).toEqual([0x08, 0x96, 0x01]);
    expect([...bytes(new Message().text(2, 'testing'))]).toEqual([0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
    expect([...bytes(new Message().message(3, new Message().int(1, 150)))]).toEqual([0x1a, 3, 0x08, 0x96, 0x01]);
    expect([...bytes(new Message().int(1, -2))]).toEqual([0x08, 0xfe, ...Array(8).fill(0xff), 0x01]);
    expect([...bytes(new Message().float(4, 1))]).toEqual([0x25, 0, 0, 0x80, 0x3f]);
  });
});

describe('inspectOnnx', () => {
  it('reads what a model says of itself', async () => {
    expect(await inspectOnnx(writeOnnx(model))).toEqual({ metadata: model.metadata });
  });

  it.each([
    ['PK\x03\x04 and so on', 'a zip archive'],
    ['\x80\x02}q', 'a pickle'],
    ['\x10\0\0\0\0\0\0\0{"a":1}', 'a safetensors file'],
    ['\x18\0\0\0ORTM', 'onnxruntime’s own format'],
    ['<!doctype html>', 'a web page'],
  ])('says what %j is instead', async (text, kind) => {
    const file = new Blob([Uint8Array.from(text, (letter) => letter.charCodeAt(0))]);
    await expect(inspectOnnx(file)).rejects.toThrow(kind);
  });

  it('refuses an empty file, a cut one, and a message without a graph', async () => {
    const whole = writeOnnx(model);
    await expect(inspectOnnx(new Blob([]))).rejects.toThrow('empty');
    await expect(inspectOnnx(whole.slice(0, whole.size - 3))).rejects.toThrow('cut off or damaged');
    await expect(inspectOnnx(new Blob(new Message().int(1, 8).parts))).rejects.toThrow('no ONNX model');
    const many = new Message().int(1, 8);
    for (let i = 0; i < 2000; i++) many.int(9, i);
    await expect(inspectOnnx(new Blob(many.parts))).rejects.toThrow('no ONNX model');
  });

  it('reads little of metadata that is made of a great many fields', async () => {
    const entry = new Message().text(1, 'key');
    for (let i = 0; i < 900; i++) entry.int(9, 1);
    const file = new Message().int(1, 8).message(7, new Message().int(1, 1));
    for (let i = 0; i < 20; i++) file.message(14, entry);
    const slices = vi.spyOn(Blob.prototype, 'slice');
    await inspectOnnx(new Blob(file.parts));
    const reads = slices.mock.calls.length;
    slices.mockRestore();
    expect(reads).toBeLessThan(1000);
  });

  it('ends in facts or a FormatError whatever the bytes are', async () => {
    const random = new RandomStream(9);
    const whole = new Uint8Array(await writeOnnx(model).arrayBuffer());
    for (let round = 0; round < 300; round++) {
      const broken = whole.slice(0, 1 + random.integer(whole.length));
      for (let i = 0; i < 3; i++) broken[random.integer(broken.length)] = random.integer(256);
      await inspectOnnx(new Blob([broken])).catch((error) => expect(error).toBeInstanceOf(FormatError));
    }
  });
});
