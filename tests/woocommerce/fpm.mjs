// A site as most shops run it: php-fpm behind nginx. Several servers with settings of their own may
// stand behind one address, as with a load balancer; they take turns.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IS_ROOT = process.getuid?.() === 0;

/** Tests by an administrator ask the site to ask itself, and pages wait for answers. */
const WORKERS = 4;

/** The sites of a network share the files of the first; WordPress says these lines itself. */
const NETWORK = `
    rewrite ^/[a-z]+(/wp-(?:admin|content|includes)/.*)$ $1 last;
    rewrite ^/[a-z]+(/[^/]+\\.php)$ $1 last;`;

export class Fpm {
  /** `folder` is for what the servers write, `root` is the site's. */
  constructor({ program, folder, root, port, isNetwork }) {
    Object.assign(this, { program, folder, root, port, isNetwork });
    mkdirSync(folder, { recursive: true });
  }

  /** The commands that run in the foreground: one php-fpm for each of `servers`, and nginx. */
  commands(servers) {
    this.ports = servers.map(({ port }) => port);
    const pools = servers.map(({ port, settings }) => {
      const flags = Object.entries(settings).flatMap(([name, value]) => ['-d', `${name}=${value}`]);
      const words = ['--nodaemonize', '--fpm-config', this.#pool(port), ...flags];
      return [this.program, IS_ROOT ? [...words, '--allow-to-run-as-root'] : words];
    });
    return [...pools, ['nginx', ['-c', this.#front()], { PATH: `${process.env.PATH}:/usr/sbin` }]];
  }

  #pool(port) {
    const file = join(this.folder, `fpm-${port}.conf`);
    const lines = [
      '[global]',
      `error_log = ${join(this.folder, `fpm-${port}.log`)}`,
      'daemonize = no',
      '[www]',
      IS_ROOT ? 'user = root' : '',
      `listen = 127.0.0.1:${port}`,
      'pm = static',
      `pm.max_children = ${WORKERS}`,
      'catch_workers_output = yes',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }

  #front() {
    const file = join(this.folder, 'nginx.conf');
    const kinds = ['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'];
    const config = `
daemon off;
${IS_ROOT ? 'user root;' : ''}
worker_processes 1;
pid ${this.folder}/nginx.pid;
error_log ${this.folder}/nginx-errors.log;
events {}
http {
  include /etc/nginx/mime.types;
  log_format turns '$upstream_addr $status $request';
  access_log ${this.folder}/turns.log turns;
  ${kinds.map((kind) => `${kind}_temp_path ${this.folder}/${kind};`).join('\n  ')}
  upstream php { ${this.ports.map((port) => `server 127.0.0.1:${port};`).join(' ')} }
  server {
    listen 127.0.0.1:${this.port};
    root ${this.root};
    index index.php;
    ${this.isNetwork ? NETWORK : ''}
    location / { try_files $uri $uri/ /index.php?$args; }
    location ~ \\.php$ {
      try_files $uri =404;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      # Debian's parameters leave the port out, which WordPress compares.
      fastcgi_param HTTP_HOST $http_host;
      fastcgi_pass php;
    }
  }
}
`;
    writeFileSync(file, config);
    return file;
  }

  /** How many requests with `words` each server answered, in the order of the servers. */
  turns(words) {
    const log = readFileSync(join(this.folder, 'turns.log'), 'utf8').split('\n');
    const ours = log.filter((line) => line.includes(words));
    return this.ports.map((port) => ours.filter((line) => line.includes(`:${port} `)).length);
  }
}
