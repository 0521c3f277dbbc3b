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
      execute({ name }) {
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
          default: return { name };
        }
      },
    },
  },
});
