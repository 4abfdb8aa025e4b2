// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import type { MappingReport } from '../../protocol/models.ts';
import { useAppState } from '../../store/context.ts';
import { ImportCard } from './ImportCard.tsx';

const none = { count: 0, first: [] };
const report: MappingReport = {
  kind: 'torch',
  path: 'state_dict',
  alternatives: [],
  preset: 'paper',
  part: 'unet',
  dtypes: ['F32'],
  needed: 10,
  matched: 10,
  missing: none,
  unexpected: none,
  wrongShape: none,
  complete: true,
  bytes: { f16: 2048, f32: 4096 },
};

function Card() {
  const file = useAppState(({ models }) => models.imports[0]);
  return file ? <ImportCard file={file} /> : null;
}

function card(change: Partial<MappingReport> = {}, suggested: 'sinsr' | null = null) {
  let id = '';
  const rendered = render(<Card />, ({ actions, store }, emit) => {
    actions.addWeights([new File(['x'], 'net.pth')]);
    id = store.getState().models.imports[0]?.id ?? '';
    emit({ type: 'models-report', id, report: { ...report, ...change }, suggested, licence: null, source: null });
  });
  return { ...rendered, id };
}
const importButton = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Import' });

describe('ImportCard', () => {
  it('imports once the user has said which network it is', () => {
    const { sent, id } = card();
    expect(importButton().disabled).toBe(true);
    const choice = screen.getByRole('combobox', { name: 'Network' });
    fireEvent.change(choice, { target: { value: 'resshift-4' } });
    expect(screen.getByRole('option', { name: 'teacher (ResShift, 4 steps)' })).toBeTruthy();
    fireEvent.change(screen.getByRole('combobox', { name: 'Keep as' }), { target: { value: 'f32' } });
    fireEvent.click(importButton());
    expect(sent).toEqual([{ type: 'models-import', id, identity: 'resshift-4', precision: 'f32' }]);
    expect(screen.getByRole('progressbar', { name: 'Importing net.pth' })).toBeTruthy();
  });

  it('takes the identity that the file’s name suggests', () => {
    card({}, 'sinsr');
    expect(importButton().disabled).toBe(false);
  });

  it('offers no import of a file that lacks tensors, and names them', () => {
    card({ complete: false, matched: 8, missing: { count: 2, first: ['a.weight', 'a.bias'] } });
    expect(screen.queryByRole('button', { name: 'Import' })).toBeNull();
    expect(screen.getByText('a.weight, a.bias')).toBeTruthy();
  });

  it('says why a file is refused, and goes when it is dismissed', () => {
    const { emit, id, container } = card();
    emit({ type: 'models-refused', id, message: 'The file is cut off.' });
    expect(screen.getByRole('alert').textContent).toContain('The file is cut off.');
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss net.pth' }));
    expect(container.textContent).toBe('');
  });
});
