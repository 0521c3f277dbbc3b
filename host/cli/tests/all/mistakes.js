// What an author gets wrong.
import { Failure, Output, Workflow, plugin } from './sortie.js';

export default plugin({
  missions: {
    hello: {
      build: (params) => new Workflow('hello').step('greet', 'greet', params),
    },
  },
  operations: {
    greet: {
      description: 'Greets.',
      writes: ['/due'],
      execute({ name }, call) {
        switch (name) {
          case 'nan': return new Output().result({ ratio: 0 / 0 });
          case 'date': return new Output().set('/due', [new Date('tomorrow')]);
          case 'promise': return new Output().result({ a: Promise.resolve() });
          case 'error': return new Output().result(new TypeError('no'));
          case 'code': throw new Failure(404, 'not found');
          case 'pointer': return new Output().set('due', 1);
          case 'row': return new Output().table(['a', 'b'], [['x']]);
          case 'json': return new Output().result(JSON.parse('nonsense'));
          case 'loop': console.log('it begins'); for (;;);
          case 'surrogate': return new Output().result(['\ud800']);
          case 'nothing': throw new Failure('not_found');
          case 'thrown': throw 'no luck';
          case 'bag': throw { message: 'no luck' };
          case 'deep': { let deep = 1; for (let i = 0; i < 200; i += 1) deep = [deep]; return new Output().result(deep); }
          case 'details': throw new Failure('not_found', 'no', { count: 1n });
          case 'generator': return (function* none() {})();
          case 'method': return new Output().results({});
          case 'function': return new Output().result(call.read('/due'));
          case 'fetch': return fetch('https://example.org');
          case 'later': setTimeout(() => {}, 1); return new Output();
          case 'unread': return new Output().result(call.get('/people') ?? 'nobody');
          case 'written': return new Output().result(call.get('/due'));
          case 'slash': return new Output().result(call.get('people'));
          case 'unwritten': return new Output().set('/people', 1);
          case 'root': return new Output().set('', {});
          default: return { name };
        }
      },
    },
  },
});
