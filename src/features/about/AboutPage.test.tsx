// @vitest-environment happy-dom
import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import { AboutPage } from './AboutPage.tsx';

describe('AboutPage', () => {
  it('leads to every page that it speaks of, and to no place outside', () => {
    render(<AboutPage />);
    const addresses = screen.getAllByRole('link').map((link) => link.getAttribute('href') ?? '');
    for (const page of ['upscale', 'train', 'compare', 'evaluate', 'models', 'diagnosis'])
      expect(addresses).toContain(`#/${page}`);
    expect(addresses.filter((address) => address.startsWith('http'))).toEqual([]);
  });

  it('lists the readings with the settings that choose them, and leads to the one that is asked for', async () => {
    location.hash = '#/about?reading=8.5';
    render(<AboutPage />);
    const heading = await screen.findByText(/^8\.5 Weights of the adversarial terms$/, {}, { timeout: 10_000 });
    expect(screen.getByText('Settings: Weight of D_H, Weight of D_L, Adversarial weights')).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(heading.closest('li')));
    expect(document.body.textContent).not.toContain('§');
  });
});
