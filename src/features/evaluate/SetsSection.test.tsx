/** @vitest-environment happy-dom */
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { act } from 'react';
import { afterEach, expect, it } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import { SetsSection } from './SetsSection.tsx';

afterEach(() => localStorage.clear());

const report = JSON.stringify({ methods: [{ method: 'ours', psnrY: 24, msPerMegapixel: 1, images: [] }] });
/** A file that is read when the test says so. */
function slowFile(name: string) {
  let answer = (_text: string) => {};
  const text = new Promise<string>((resolve) => {
    answer = resolve;
  });
  return { file: Object.assign(new File([], name), { text: () => text }), answer: () => answer(report) };
}
const kept = () =>
  screen.queryAllByRole('button', { name: /^Remove / }).map((button) => button.getAttribute('aria-label'));

it('keeps what is done while a report is read', async () => {
  render(<SetsSection report={null} directions={{}} />);
  const [first, second] = [slowFile('one.json'), slowFile('two.json')];
  const input = screen.getByLabelText('Add reports');
  for (const { file } of [first, second]) fireEvent.change(input, { target: { files: [file] } });
  await act(async () => second.answer());
  await waitFor(() => expect(kept()).toEqual(['Remove two']));
  await act(async () => first.answer());
  await waitFor(() => expect(kept()).toEqual(['Remove two', 'Remove one']));
});
