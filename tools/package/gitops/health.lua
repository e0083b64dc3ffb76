-- How well a request of aws-blueprints is, for Argo CD. Argo's own script for Crossplane takes an object without a
-- status for healthy, so that the next wave would go early, and does not know our groups at all.
local function result(status, message)
  return { status = status, message = message }
end

local metadata = obj.metadata or {}
if (metadata.annotations or {})["crossplane.io/paused"] == "true" then
  return result("Suspended", "paused by the annotation crossplane.io/paused")
end

local conditions = {}
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  conditions[condition.type] = condition
end
local function is(type, status, reason)
  local condition = conditions[type]
  return condition ~= nil and condition.status == status and (reason == nil or condition.reason == reason)
end

if is("Synced", "False", "ReconcilePaused") then
  return result("Suspended", "paused")
end
-- Crossplane leaves Ready as it was when the function refuses (core v2.3.4), so the refusal comes first.
if is("DependenciesReady", "False", "Refused") then
  return result("Degraded", conditions.DependenciesReady.message)
end
if metadata.deletionTimestamp ~= nil then
  if is("Deletable", "False") then
    return result("Suspended", conditions.Deletable.message)
  end
  return result("Progressing", "being deleted")
end
if is("Synced", "False") then
  return result("Degraded", conditions.Synced.message)
end
if is("UpgradeProgress", "False", "InProgress") then
  return result("Progressing", conditions.UpgradeProgress.message)
end
if is("DependenciesReady", "False") then
  return result("Progressing", conditions.DependenciesReady.message)
end
-- What was observed of an older generation says nothing about this one.
local ready = conditions.Ready
if ready ~= nil and ready.observedGeneration ~= nil and ready.observedGeneration < (metadata.generation or 0) then
  return result("Progressing", "a change is being applied")
end
if is("Ready", "True") and is("Synced", "True") then
  return result("Healthy", ready.message or "")
end
return result("Progressing", (ready or {}).message or "waiting for Crossplane")
