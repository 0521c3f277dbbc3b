// Made by `sortie plugin build`: the component's exports.
import './guard.js';
import * as log from 'sortie:plugin/log@0.2.0';
{{missions}}{{locate}}import plugin from '{{main}}';

if (typeof plugin?.component !== 'function') {
  throw new Error('`{{main_name}}` has to say `export default plugin({ missions, operations })`');
}
export const mission = plugin.component({{identity}}, (failure) => log.abort(failure), {{run}}, {{located}});
