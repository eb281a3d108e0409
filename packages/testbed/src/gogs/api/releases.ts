import { goTime, json, type Answer } from './answer.ts';
import type { RepositoryCall } from './call.ts';
import { userJson } from './users.ts';

export function listReleases(call: RepositoryCall): Answer {
  return json(
    call.repository.records.releases.map((release) => ({
      id: release.id,
      tag_name: release.tag,
      target_commitish: release.target,
      name: release.title,
      body: release.body,
      draft: release.draft,
      prerelease: release.prerelease,
      author: userJson(call, release.publisher),
      created_at: goTime(release.created),
    })),
  );
}
