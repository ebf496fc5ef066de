import { isIPv4 } from 'node:net';
import { z } from 'zod';

/** True for hosts that never leave this machine: `localhost`, 127.0.0.0/8, ::1. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * A URL of an outside service: encrypted (`https:` or `wss:`), or plain only to this machine, where a simulator listens. Credentials,
 * query and fragment are refused, because URLs are shown and logged.
 */
export function serviceUrl(secure: 'https' | 'wss', description: string) {
  const plain = secure === 'https' ? 'http' : 'ws';
  const allowed = `a URL ${secure}://host/..., or ${plain}://127.0.0.1:port/... on this machine; no user name, query or fragment`;
  return z
    .string()
    .refine((text) => isServiceUrl(text, `${secure}:`, `${plain}:`), { error: allowed })
    .transform((text) => text.replace(/\/+$/, ''))
    .meta({ description, allowed });
}

function isServiceUrl(text: string, secure: string, plain: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) return false;
  return url.hostname !== '' && (url.protocol === secure || (url.protocol === plain && isLoopback(url.hostname)));
}
