import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import "../styles/lineage.css";
import { isFilm } from "../catalogue";
import { stamp } from "../copies";
import { bring } from "../gallery";
import { libraryApi } from "../library-api";
import { words } from "../library-words";
import { asMe } from "../me";
import { titleOf, viewing } from "../state";
import { attempt } from "../trouble";
import type { Kin, LineageReply } from "../types";
import { Icon } from "./Icon";

/** Where a work comes from and what came of it. Nothing, if it stands alone. */
export default function Lineage({ id }: { id: string }) {
  const kin = useSignal<LineageReply | null>(null);
  const { lineage } = words.value;
  useEffect(() => {
    let left = false;
    void asMe(() => libraryApi.lineage(id), (answer) => void (left || (kin.value = answer)));
    return () => void (left = true);
  }, [id]);
  const found = kin.value;
  if (!found) return null;
  // The pictures that it starts from stand above already.
  const groups = [
    { name: lineage.from, of: found.parents.filter(({ relation }) => relation !== "source") },
    { name: lineage.made, of: found.children },
    { name: lineage.others, of: found.siblings },
  ];
  return (
    <>
      {groups
        .filter(({ of }) => of.length > 0)
        .map(({ name, of }) => (
          <section key={name} class="lineage" aria-label={name}>
            <h3>{name}</h3>
            <ul role="list">
              {of.map((each) => (
                <li key={each.generation.id}>
                  <Relative {...each} />
                </li>
              ))}
            </ul>
          </section>
        ))}
    </>
  );
}

function Relative({ relation, generation }: Kin) {
  const { lineage } = words.value;
  const [cover] = generation.outputs;
  const said = lineage.relations[relation] ?? relation;
  const label = lineage.open(said, titleOf(generation));
  if (!cover) return null;
  const open = () => attempt(async () => void ((await bring(generation.id)) && (viewing.value = { id: generation.id, n: 0 })));
  return (
    <button type="button" class="relative" data-relation={relation} aria-label={label} title={label} onClick={() => void open()}>
      {isFilm(cover) ? <Icon name="film" /> : <img src={stamp(cover)} alt="" loading="lazy" decoding="async" />}
    </button>
  );
}
