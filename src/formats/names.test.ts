import { describe, expect, it } from 'vitest';
import { freeName, newId, pairKey, stem } from './names.ts';

describe('pairKey', () => {
  it('drops the endings that data sets give the files of one picture', () => {
    expect(['Owl_LR.png', 'owl-hr.JPG', 'owlx4.webp', 'owl.png'].map(pairKey)).toEqual(['owl', 'owl', 'owl', 'owl']);
  });
});

describe('stem', () => {
  it('drops the last ending alone', () => {
    expect(['a.png', 'a.b.png', 'a'].map(stem)).toEqual(['a', 'a.b', 'a']);
  });
});

describe('freeName', () => {
  it('counts up to the first name that is free', () => {
    expect(freeName('net.onnx', new Set())).toBe('net.onnx');
    expect(freeName('net.onnx', new Set(['net.onnx', 'net (2).onnx']))).toBe('net (3).onnx');
  });
});

describe('newId', () => {
  it('makes each id once', () => {
    expect(new Set(Array.from({ length: 1000 }, newId)).size).toBe(1000);
  });
});
