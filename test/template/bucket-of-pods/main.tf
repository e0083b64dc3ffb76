terraform {
  required_version = ">= 1.3"
}

variable "bucket_name" {
  type        = string
  description = "Name of the bucket."

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]+$", var.bucket_name)) && length(var.bucket_name) >= 3 && length(var.bucket_name) <= 63
    error_message = "Use 3 to 63 letters, digits, dots and dashes."
  }
}

variable "region" {
  type    = string
  default = "eu-west-1"

  validation {
    condition     = contains(["eu-west-1", "us-east-1"], var.region)
    error_message = "The region must be one of \"eu-west-1\" and \"us-east-1\"."
  }
}

resource "aws_s3_bucket" "this" {
  bucket = var.bucket_name
}
