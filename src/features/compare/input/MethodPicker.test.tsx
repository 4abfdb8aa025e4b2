// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { CompareState, UserOnnxModel } from '../../../protocol/compare.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import type { CompareMethod } from '../../../report/methods.ts';
import { DegradationFields } from './InputPanel.tsx';
import { MethodPicker } from './RunBar.tsx';

const user: UserOnnxModel = { name: 'onnx:1', file: 'my_net.onnx', bytes: 2048 };
const ready = { methods: ['ours', 'sinsr', 'resshift'], teacherSteps: 4 } as unknown as EngineReady;

const picker = (methods: readonly CompareMethod[], models: readonly UserOnnxModel[] = []) =>
  render(<MethodPicker />, (_, emit) => {
    emit({ type: 'engine-ready', ready });
    const state = { inputs: [], selected: null, prepared: null, results: [], revision: 0, fault: null };
    emit({ type: 'compare-state', state: { ...state, methods, models } as unknown as CompareState });
  });
const box = (name: string | RegExp) => screen.getByRole<HTMLInputElement>('checkbox', { name });

describe('MethodPicker', () => {
  it('offers the methods of the weights by their titles, the teacher with its own steps', () => {
    picker(['bicubic', 'ours']);
    expect(box('teacher (ResShift, 4 steps)').checked).toBe(false);
    expect(box('ours').checked).toBe(true);
    expect(screen.queryByRole('checkbox', { name: /conv G/ })).toBeNull();
  });

  it('neither counts nor sends a choice that the weights lack, and has it again with those that have it', () => {
    const { sent, emit } = picker(['bicubic', 'ours-conv', 'ours']);
    expect(screen.getByText(/^2 selected/)).toBeTruthy();
    fireEvent.click(box('nearest'));
    expect(sent.at(-1)).toMatchObject({ methods: ['nearest', 'bicubic', 'ours'] });
    emit({ type: 'engine-ready', ready: { ...ready, methods: [...ready.methods, 'ours-conv'] } });
    expect(screen.getByRole('checkbox', { name: 'ours (conv G)' })).toBeTruthy();
  });

  it('has networks to choose once it is known which there are', () => {
    render(<MethodPicker />);
    expect([box('ours (conv G)').disabled, box('Lanczos').disabled]).toEqual([true, false]);
  });

  it('keeps the order of the list, whatever is ticked last', () => {
    const { sent } = picker(['ours']);
    fireEvent.click(box('nearest'));
    expect(sent.at(-1)).toMatchObject({ type: 'compare-choose', methods: ['nearest', 'ours'] });
  });

  it('takes six methods at most', () => {
    picker(['nearest', 'bicubic', 'lanczos', 'resshift', 'sinsr', 'ours']);
    expect(box(/ESRGAN slim/).disabled).toBe(true);
    expect(box('ours').disabled).toBe(false);
  });

  it('forgets an ONNX model of the user’s', () => {
    const { sent } = picker(['nearest'], [user]);
    expect(box(/my_net\.onnx/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Remove my_net.onnx' }));
    expect(sent.at(-1)).toEqual({ type: 'compare-forget-model', name: 'onnx:1' });
  });
});

describe('the degradation', () => {
  it('offers a G that the weights lack as lacking, and as its own once they have it', () => {
    const input = { id: 'a', name: 'a.png', kind: 'single', degradation: { name: 'given', seed: 0 } } as const;
    const { emit } = render(<DegradationFields input={input} />, (_, tell) =>
      tell({ type: 'engine-ready', ready: { ...ready, downsamplers: ['ours'] } }),
    );
    const option = (name: string) => screen.getByRole<HTMLOptionElement>('option', { name });
    expect(option('Learned: the convolutional G (not among these weights)').disabled).toBe(true);
    expect(option('Learned: the trained G').disabled).toBe(false);
    emit({ type: 'engine-ready', ready: { ...ready, downsamplers: ['ours', 'ours-conv'] } });
    expect(option('Learned: the convolutional G').disabled).toBe(false);
  });
});
