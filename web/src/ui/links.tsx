import { Button, Menu } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react';

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly ref?: Ref<HTMLAnchorElement>;
  readonly leftSection?: ReactNode;
}

/** A button that goes to a page. */
export const LinkButton = createLink(({ ref, leftSection, ...props }: LinkProps) => <Button {...(props as object)} component="a" ref={ref} leftSection={leftSection} variant="default" />);

/** A menu entry that goes to a page. */
export const LinkMenuItem = createLink(({ ref, leftSection, ...props }: LinkProps) => <Menu.Item {...(props as object)} component="a" ref={ref} leftSection={leftSection} />);
