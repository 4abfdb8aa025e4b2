// @vitest-environment happy-dom
import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import { AboutPage } from './AboutPage.tsx';

describe('AboutPage', () => {
  it('lists the readings with the settings that choose them, and leads to the one that is asked for', async () => {
    location.hash = '#/about?reading=8.5';
    render(<AboutPage />);
    const heading = await screen.findByText(/^8\.5 Weights of the adversarial terms$/, {}, { timeout: 10_000 });
    expect(screen.getByText('Settings: Weight of D_H, Weight of D_L, Adversarial weights')).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(heading.closest('li')));
    expect(document.body.textContent).not.toContain('§');
  });
});
