// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import { pageConfig } from '../../../store/training.ts';
import { lackOf, optionGroups } from './ConfigForm.tsx';
import { OptionField } from './OptionField.tsx';

const textbox = () => screen.getByRole<HTMLInputElement>('textbox');

describe('OptionField', () => {
  it('takes a number over when it is left, or on Enter, and not before', () => {
    const onChange = vi.fn();
    render(<OptionField name="learningRate" value={5e-5} disabled={false} onChange={onChange} />);
    fireEvent.change(textbox(), { target: { value: '1e-4' } });
    expect(onChange).not.toHaveBeenCalled();
    fireEvent.blur(textbox());
    expect(onChange).toHaveBeenLastCalledWith(1e-4);
    fireEvent.change(textbox(), { target: { value: '2e-4' } });
    fireEvent.keyDown(textbox(), { key: 'Enter' });
    expect(onChange).toHaveBeenLastCalledWith(2e-4);
  });

  it('says why a value is refused, and forgets it with the next one', () => {
    const onChange = vi.fn((value: unknown) => {
      if (value === 2) throw new Error('From 0 to 1.');
    });
    render(<OptionField name="learningRate" value={5e-5} disabled={false} onChange={onChange} />);
    fireEvent.change(textbox(), { target: { value: '2' } });
    fireEvent.blur(textbox());
    expect(textbox().getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('From 0 to 1.')).toBeTruthy();
    fireEvent.change(textbox(), { target: { value: '0.5' } });
    fireEvent.blur(textbox());
    expect(screen.queryByText('From 0 to 1.')).toBeNull();
  });

  it('has a checkbox for a switch and a list for a choice', () => {
    const [onSwitch, onChoice] = [vi.fn(), vi.fn()];
    render(
      <>
        <OptionField name="cycle" value={false} disabled={false} onChange={onSwitch} />
        <OptionField name="discriminatorLoss" value="hinge" disabled={false} onChange={onChoice} />
      </>,
    );
    fireEvent.click(screen.getByRole('checkbox', { name: 'Cycle' }));
    expect(onSwitch).toHaveBeenCalledWith(true);
    fireEvent.change(screen.getByRole('combobox', { name: 'Loss of D' }), { target: { value: 'bce' } });
    expect(onChoice).toHaveBeenCalledWith('bce');
  });

  it('does not offer to start from weights that are not there', () => {
    const [diffusion, both] = [{ downsamplers: ['ours'] }, { downsamplers: ['ours', 'ours-conv'] }] as const;
    const fresh = { downsampler: 'convolutional', partnerStart: 'fresh' } as const;
    const lack = lackOf('partnerStart', fresh, diffusion);
    render(<OptionField name="partnerStart" value="fresh" disabled={false} lack={lack} onChange={() => {}} />);
    expect(screen.getByRole<HTMLOptionElement>('option', { name: 'shipped' }).disabled).toBe(true);
    expect(screen.getByText(/No convolutional G is among these weights to start from\./)).toBeTruthy();
    expect(lackOf('partnerStart', fresh, both)).toBeNull();
    const shipped = { downsampler: 'diffusion', partnerStart: 'shipped' } as const;
    expect(lackOf('downsampler', shipped, diffusion)?.choice).toBe('convolutional');
    expect(lackOf('downsampler', { ...shipped, partnerStart: 'fresh' }, diffusion)).toBeNull();
    expect(lackOf('partnerStart', shipped, null)).toBeNull();
  });

  it('leads to the reading that the setting chooses', () => {
    render(<OptionField name="lambdaHr" value={0.02} disabled={true} onChange={() => {}} />);
    expect(screen.getByRole('link', { name: 'reading 8.5' }).getAttribute('href')).toBe('#/about?reading=8.5');
    expect(textbox().disabled).toBe(true);
  });
});

describe('the form of training settings', () => {
  it('has every setting once', () => {
    const names = optionGroups.flatMap((group) => group.names);
    expect([...names].sort()).toEqual(Object.keys(pageConfig).sort());
  });
});
