import { describe, expect, it } from "bun:test";
import type { Release } from "../../../src/core/domain.ts";
import type { NewRelease, NewReleaseLink } from "../../../src/core/ports/release-store.ts";
import { addGroup, countOf, type CurrentStore } from "./records.ts";

const author = { kind: "user", id: 1, name: "publisher" } as const;

/** A link whose fields all follow from its name. */
function newLink(name: string): NewReleaseLink {
  return { name, url: `https://example.com/${name}`, filepath: `/${name}`, type: "other" };
}

function newRelease(namespaceId: number, tag: string, given: Partial<NewRelease> = {}): NewRelease {
  return { namespaceId, tag, name: tag, description: null, ref: null, author, nowMs: 1_000, releasedAtMs: 1_000, links: [], ...given };
}

async function addRelease(store: CurrentStore, namespaceId: number, tag: string, given: Partial<NewRelease> = {}): Promise<Release> {
  const result = await store().releases.create(newRelease(namespaceId, tag, given));
  if (result.outcome !== "created") throw new Error(result.outcome);
  return result.release;
}

/** ReleaseStore and ReleaseLinkStore. */
export function releaseContract(store: CurrentStore): void {
  creatingContract(store);
  readingContract(store);
  changingContract(store);
  describe("links", () => linkContract(store));
}

function creatingContract(store: CurrentStore): void {
  describe("creating a release", () => {
    it("keeps every field, and the links newest first", async () => {
      const { id: namespaceId } = await addGroup(store(), "tools");
      const links = [newLink("a"), { ...newLink("b"), filepath: null, type: "package" as const }, { ...newLink("c"), filepath: null }];
      const given = { name: "One", description: "notes", ref: "main", nowMs: 5, releasedAtMs: 7 };
      const release = await addRelease(store, namespaceId, "v/1 ä", { ...given, links });
      const { id, links: kept, ...rest } = release;
      expect(rest).toEqual({ namespaceId, tag: "v/1 ä", name: "One", description: "notes", ref: "main", author, createdAtMs: 5, releasedAtMs: 7 });
      expect(kept.map(({ name, url, filepath, type }) => ({ name, url, filepath, type }))).toEqual(links.toReversed());
      expect(await store().releases.find(namespaceId, "v/1 ä")).toEqual({ ...release, id });
    });

    it("refuses a tag twice, and takes it in another case or namespace", async () => {
      const [{ id }, { id: otherId }] = [await addGroup(store(), "tools"), await addGroup(store(), "other")];
      await addRelease(store, id, "v1");
      expect(await store().releases.create(newRelease(id, "v1", { links: [newLink("a")] }))).toEqual({ outcome: "tag_taken" });
      await addRelease(store, id, "V1");
      await addRelease(store, otherId, "v1");
      expect((await store().releases.find(id, "v1"))?.links).toEqual([]);
    });

    it("gives a tag to one of many at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const results = await Promise.all(Array.from({ length: 8 }, () => store().releases.create(newRelease(id, "v1", { links: [newLink("a")] }))));
      expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 1, tag_taken: 7 });
    });

    it("needs a namespace", async () => {
      expect(await store().releases.create(newRelease(9_999, "v1"))).toEqual({ outcome: "absent" });
    });
  });
}

function readingContract(store: CurrentStore): void {
  describe("reading releases", () => {
    it("lists them by either time, either way, page by page, with their own links", async () => {
      const [{ id }, { id: otherId }] = [await addGroup(store(), "tools"), await addGroup(store(), "other")];
      await addRelease(store, otherId, "other");
      await addRelease(store, id, "a", { nowMs: 1, releasedAtMs: 30, links: [newLink("x")] });
      await addRelease(store, id, "b", { nowMs: 2, releasedAtMs: 10, links: [newLink("x"), newLink("y")] });
      await addRelease(store, id, "c", { nowMs: 3, releasedAtMs: 10 });
      const tags = async (by: "released_at" | "created_at", direction: "asc" | "desc", offset = 0) => {
        const { items, total } = await store().releases.list(id, { by, direction }, { offset, limit: 2 });
        return [...items.map(({ tag, links }) => `${tag}${links.length}`), total];
      };
      expect(await tags("released_at", "desc")).toEqual(["a1", "c0", 3]);
      expect(await tags("released_at", "desc", 2)).toEqual(["b2", 3]);
      expect(await tags("released_at", "asc")).toEqual(["b2", "c0", 3]);
      expect(await tags("created_at", "desc")).toEqual(["c0", "b2", 3]);
      expect(await tags("created_at", "asc")).toEqual(["a1", "b2", 3]);
      expect(await tags("created_at", "asc", 4)).toEqual([3]);
    });

    it("takes for the latest the one released last, what is to come left out", async () => {
      const { id } = await addGroup(store(), "tools");
      expect(await store().releases.latest(id, 50)).toBeNull();
      await addRelease(store, id, "now", { releasedAtMs: 50, links: [newLink("x")] });
      await addRelease(store, id, "later", { releasedAtMs: 51 });
      await addRelease(store, id, "earlier", { releasedAtMs: 49 });
      expect((await store().releases.latest(id, 50))?.tag).toBe("now");
      expect((await store().releases.latest(id, 50))?.links).toHaveLength(1);
      expect((await store().releases.latest(id, 51))?.tag).toBe("later");
      expect(await store().releases.latest(id, 48)).toBeNull();
    });

    it("finds null for what is absent", async () => {
      const { id } = await addGroup(store(), "tools");
      expect(await store().releases.find(id, "v1")).toBeNull();
    });
  });
}

function changingContract(store: CurrentStore): void {
  describe("changing a release", () => {
    it("changes what is given and leaves the rest", async () => {
      const { id } = await addGroup(store(), "tools");
      const release = await addRelease(store, id, "v1", { description: "old", links: [newLink("a")] });
      expect(await store().releases.update(id, "v1", {})).toEqual(release);
      const changes = { name: "One", description: null, releasedAtMs: 9 };
      expect(await store().releases.update(id, "v1", changes)).toEqual({ ...release, ...changes });
      expect(await store().releases.find(id, "v1")).toEqual({ ...release, ...changes });
      expect(await store().releases.update(id, "v2", changes)).toBeNull();
    });

    it("deletes it with its links, and frees the tag", async () => {
      const { id } = await addGroup(store(), "tools");
      const release = await addRelease(store, id, "v1", { links: [newLink("a")] });
      expect(await store().releases.delete(id, "v1")).toEqual(release);
      expect(await store().releases.delete(id, "v1")).toBeNull();
      expect(await store().releaseLinks.findByPath(id, "v1", "/a")).toBeNull();
      expect((await addRelease(store, id, "v1")).links).toEqual([]);
    });

    it("goes with its namespace", async () => {
      const { id } = await addGroup(store(), "tools");
      await addRelease(store, id, "v1", { links: [newLink("a")] });
      await store().namespaces.deleteGroup(id);
      expect(await store().releases.find(id, "v1")).toBeNull();
    });
  });
}

function linkContract(store: CurrentStore): void {
  const addLink = async (releaseId: number, link: NewReleaseLink) => {
    const result = await store().releaseLinks.create(releaseId, link, 10);
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.link;
  };

  it("are added, and found by their path", async () => {
    const { id } = await addGroup(store(), "tools");
    const release = await addRelease(store, id, "v1");
    const link = await addLink(release.id, newLink("a"));
    expect(link).toEqual({ id: link.id, ...newLink("a") });
    expect(await store().releaseLinks.findByPath(id, "v1", "/a")).toEqual(link);
    expect(await store().releaseLinks.findByPath(id, "v2", "/a")).toBeNull();
    expect(await store().releaseLinks.findByPath(id, "v1", "/b")).toBeNull();
    expect((await store().releases.find(id, "v1"))?.links).toEqual([link]);
  });

  it("share no name, URL or path within a release, and no path is no conflict", async () => {
    const { id } = await addGroup(store(), "tools");
    const [release, other] = [await addRelease(store, id, "v1"), await addRelease(store, id, "v2")];
    await addLink(release.id, newLink("a"));
    for (const field of ["name", "url", "filepath"] as const) {
      const link = { ...newLink("b"), [field]: newLink("a")[field] };
      expect(await store().releaseLinks.create(release.id, link, 10)).toEqual({ outcome: "taken", field });
    }
    await addLink(other.id, newLink("a"));
    await addLink(release.id, { ...newLink("c"), filepath: null });
    await addLink(release.id, { ...newLink("d"), filepath: null });
  });

  it("stop at the limit, also when many come at once", async () => {
    const { id } = await addGroup(store(), "tools");
    const release = await addRelease(store, id, "v1");
    const results = await Promise.all(Array.from({ length: 5 }, (_, index) => store().releaseLinks.create(release.id, newLink(`l${index}`), 3)));
    expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 3, too_many: 2 });
  });

  it("change by field, and keep apart from each other", async () => {
    const { id } = await addGroup(store(), "tools");
    const release = await addRelease(store, id, "v1");
    const [one, two] = [await addLink(release.id, newLink("a")), await addLink(release.id, newLink("b"))];
    const changes = { name: "c", url: "https://example.com/c", filepath: null, type: "image" } as const;
    expect(await store().releaseLinks.update(release.id, one.id, changes)).toEqual({ outcome: "updated", link: { id: one.id, ...changes } });
    expect(await store().releaseLinks.update(release.id, two.id, { name: "b" })).toEqual({ outcome: "updated", link: two });
    expect(await store().releaseLinks.update(release.id, two.id, { name: "c" })).toEqual({ outcome: "taken", field: "name" });
    expect((await store().releases.find(id, "v1"))?.links).toEqual([two, { id: one.id, ...changes }]);
  });

  it("are changed and deleted through their own release only", async () => {
    const { id } = await addGroup(store(), "tools");
    const [release, other] = [await addRelease(store, id, "v1"), await addRelease(store, id, "v2")];
    const link = await addLink(release.id, newLink("a"));
    expect(await store().releaseLinks.update(other.id, link.id, { name: "x" })).toEqual({ outcome: "absent" });
    expect(await store().releaseLinks.delete(other.id, link.id)).toBeNull();
    expect(await store().releaseLinks.delete(release.id, link.id)).toEqual(link);
    expect(await store().releaseLinks.delete(release.id, link.id)).toBeNull();
    expect(await store().releaseLinks.create(9_999, newLink("a"), 10)).toEqual({ outcome: "absent" });
  });
}
