import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useActions } from '../../store/context.ts';
import { Button } from './Button.tsx';

interface CopyButtonProps {
  readonly label: string;
  readonly text: () => string;
}

export function CopyButton({ label, text }: CopyButtonProps) {
  const { notify } = useActions();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
      notify('info', 'Copied.');
    } catch {
      notify('warning', 'The browser did not allow copying: select the text on the page instead.');
    }
  };
  const Icon = copied ? Check : Copy;
  return (
    <Button onClick={copy}>
      <Icon size={16} aria-hidden="true" />
      {label}
    </Button>
  );
}
