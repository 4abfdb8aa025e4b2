/** @vitest-environment happy-dom */
import { fireEvent, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import { RenameField } from '../ui/fields.tsx';
import { Drawer } from './Drawer.tsx';

it('a drawer closes with Escape, but not with that which gives a new name up', () => {
  const [onDone, onClose] = [vi.fn(), vi.fn()];
  render(
    <Drawer name="teach" title="Teach" open="teach" onClose={onClose}>
      <RenameField title="Old" onDone={onDone} />
    </Drawer>,
  );
  screen.getByLabelText('Name').focus();
  fireEvent.keyDown(screen.getByLabelText('Name'), { key: 'Escape' });
  expect(onDone).toHaveBeenCalledExactlyOnceWith(null);
  expect(onClose).not.toHaveBeenCalled();
  fireEvent.keyDown(screen.getByRole('complementary', { name: 'Teach' }), { key: 'Escape' });
  expect(onClose).toHaveBeenCalledOnce();
});
