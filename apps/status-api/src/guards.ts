import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';
import { errorBody } from './errors.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/;

/** True when a server listening on `host` can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** The name in a `Host` header, without its port. */
export function hostName(header: string): string {
  return header.replace(/:\d*$/, '').toLowerCase();
}

/**
 * Refuses requests that came under a foreign name: a page of another site may point its own name at 127.0.0.1 and read us
 * through the visitor's browser (DNS rebinding). Only needed, and only applied, when listening on loopback.
 */
export function hostCheck(host: string) {
  return createMiddleware(async (c, next) => {
    if (!isLoopback(host)) return next();
    const asked = hostName(c.req.header('host') ?? '');
    if (isLoopback(asked)) return next();
    return c.json(
      errorBody(
        'HOST_NOT_ALLOWED',
        `This server answers to localhost only, was asked as "${asked}"`,
        'Open it as http://localhost.',
      ),
      421,
    );
  });
}

/** Watching only: everything but reading is refused, except POST below `writable`. */
export function readOnly(writable: string | null) {
  return createMiddleware(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    if (writable !== null && c.req.method === 'POST' && c.req.path.startsWith(writable)) return next();
    return c.json(
      errorBody('METHOD_NOT_ALLOWED', `Expected GET, was ${c.req.method}`, 'This API is read-only here.'),
      405,
      {
        Allow: 'GET, HEAD',
      },
    );
  });
}

/** The page and its data come from here and nowhere else. */
export function securityHeaders() {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    crossOriginEmbedderPolicy: 'require-corp',
    crossOriginOpenerPolicy: 'same-origin',
    crossOriginResourcePolicy: 'same-origin',
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    // Plain HTTP on a private address: a browser would ignore it, a proxy in front sets its own.
    strictTransportSecurity: false,
    permissionsPolicy: { camera: [], microphone: [], geolocation: [], payment: [], usb: [] },
  });
}
