"""The Scrapy middlewares."""
