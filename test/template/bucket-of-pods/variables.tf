variable "versions" {
  type        = number
  default     = 3
  description = <<-EOT
    How many versions
    are kept.
  EOT

  validation {
    condition     = var.versions == null || (var.versions >= 1 && var.versions < 100)
    error_message = "Keep at least one, and fewer than a hundred of ${var.versions}."
  }
}

variable "enabled" {
  type     = bool
  default  = true
  nullable = false
}

variable "class" {
  type    = string
  default = null

  validation {
    condition     = var.class == "STANDARD" || var.class == "GLACIER"
    error_message = "A class of S3."
  }
}

variable "zones" {
  type = set(string)

  validation {
    condition     = length(var.zones) > 1 && alltrue([for zone in var.zones : can(regex("^[a-z]{2}-", zone))])
    error_message = "At least two zones."
  }
  validation {
    condition     = length(setintersection(var.zones, local.zones)) > 0
    error_message = "One of the known ones."
  }
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "rules" {
  type = list(object({
    prefix = string # of the keys
    days   = optional(number, 30) /* 0: for ever */
    moves = optional(list(object({
      after = number
      class = string
    })), [])
    window = tuple([number, number])
    labels = map(any)
  }))
  default     = []
  description = "Rules, in $${order}."
}

variable "pair" {
  type    = tuple([string, bool])
  default = ["a", true]
}

variable "anything" {
  type = any
}

variable "untyped" {}

variable "guessed" {
  default = [1]
}

variable "loose" {
  type    = map
  default = {}
}

variable "password" {
  type      = string
  default   = "changeme"
  sensitive = true
}

variable "accounts" {
  type      = map(object({ key = string, uses = number }))
  default   = {}
  sensitive = true
}

variable "large" {
  type    = number
  default = 9007199254740993
}

variable "computed" {
  type    = string
  default = "${1 + 1} items"
}

variable "odd" {
  type    = string
  default = "x"

  validation {
    condition     = !strcontains(var.odd, "y")
    error_message = "No y."
  }
}
